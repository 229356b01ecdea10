import type { AccessKey } from '../../signature-v4.ts';
import type { KeyPolicy } from './s3-actions.ts';

/** A key pair and what it may do. */
export interface S3AccessKey extends AccessKey {
  readonly accessKeyId: string;
  readonly policy?: KeyPolicy;
}

/** The account's keys. Tests add, change and take away while the server runs. */
export class AccessKeys {
  readonly #keys: Map<string, S3AccessKey>;

  constructor(keys: readonly S3AccessKey[]) {
    this.#keys = new Map(keys.map((key) => [key.accessKeyId, key]));
  }

  all(): readonly S3AccessKey[] {
    return [...this.#keys.values()];
  }

  find(accessKeyId: string): S3AccessKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  add(key: S3AccessKey): void {
    this.#keys.set(key.accessKeyId, key);
  }

  /** Replaces what a key may do, from the next request on. */
  setPolicy(accessKeyId: string, policy: KeyPolicy): void {
    const key = this.#keys.get(accessKeyId);
    if (key === undefined) throw new Error(`no access key ${accessKeyId}`);
    this.#keys.set(accessKeyId, { ...key, policy });
  }

  remove(accessKeyId: string): void {
    this.#keys.delete(accessKeyId);
  }
}
