import { randomBytes } from 'node:crypto';
import type { DefaultRetention } from './lock.ts';
import type { ObjectVersion, StoredObject } from './object-version.ts';
import type { Upload } from './upload.ts';

export type Versioning = 'Enabled' | 'Suspended' | 'off';

export interface ObjectLockSettings {
  readonly defaultRetention: DefaultRetention | undefined;
}

/** What is known of a bucket: versions newest first, and the uploads under way. */
export class Bucket {
  readonly name: string;
  readonly region: string;
  readonly createdAt: number;
  readonly uploads = new Map<string, Upload>();
  /** Keys of completed uploads, for a second completion of the same one. */
  readonly completed = new Map<string, StoredObject>();
  versioning: Versioning = 'off';
  objectLock: ObjectLockSettings | undefined;
  readonly #versions = new Map<string, ObjectVersion[]>();

  constructor(name: string, region: string, createdAt: number) {
    this.name = name;
    this.region = region;
    this.createdAt = createdAt;
  }

  newVersionId(): string {
    return this.versioning === 'Enabled' ? randomBytes(24).toString('base64url') : 'null';
  }

  /** In the order of S3's listings: by the bytes of the UTF-8 key. */
  keys(): readonly string[] {
    return [...this.#versions.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  versions(key: string): readonly ObjectVersion[] {
    return this.#versions.get(key) ?? [];
  }

  current(key: string): StoredObject | undefined {
    const [newest] = this.versions(key);
    return newest?.kind === 'object' ? newest : undefined;
  }

  version(key: string, versionId: string): ObjectVersion | undefined {
    return this.versions(key).find((version) => version.versionId === versionId);
  }

  /** Adds a version in front. One with the same id ('null') gives way and is returned. */
  add(version: ObjectVersion): ObjectVersion | undefined {
    const replaced = this.remove(version.key, version.versionId);
    this.#versions.set(version.key, [version, ...this.versions(version.key)]);
    return replaced;
  }

  /** Changes what may change of a version, its lock. */
  change(version: StoredObject, lock: StoredObject['lock']): void {
    const changed = this.versions(version.key).map((one) =>
      one.kind === 'object' && one.versionId === version.versionId ? { ...one, lock } : one,
    );
    this.#versions.set(version.key, changed);
  }

  remove(key: string, versionId: string): ObjectVersion | undefined {
    const found = this.version(key, versionId);
    const left = this.versions(key).filter((version) => version !== found);
    if (left.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, left);
    return found;
  }
}
