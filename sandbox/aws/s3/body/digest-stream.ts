import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { type Checksum, type ChecksumAlgorithm, newChecksum } from './checksum-algorithms.ts';

/** What was counted and hashed of a body that passed. */
export interface Digests {
  readonly size: number;
  readonly md5: Buffer;
  /** In hex. */
  readonly sha256: string | undefined;
  /** Base64. */
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
}

/** Lets data through and keeps nothing of it but hashes. */
export class DigestStream extends Transform {
  readonly #md5 = createHash('md5');
  readonly #sha256: Checksum | undefined;
  readonly #checksums: ReadonlyMap<ChecksumAlgorithm, Checksum>;
  #size = 0;

  constructor(
    algorithms: readonly ChecksumAlgorithm[],
    payloadHash: 'hash the payload' | 'payload not signed',
  ) {
    super();
    this.#checksums = new Map(algorithms.map((algorithm) => [algorithm, newChecksum(algorithm)]));
    this.#sha256 = payloadHash === 'hash the payload' ? newChecksum('SHA256') : undefined;
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#size += data.length;
    this.#md5.update(data);
    this.#sha256?.update(data);
    for (const checksum of this.#checksums.values()) checksum.update(data);
    done(null, data);
  }

  /** To be asked once, when everything has passed. */
  digests(): Digests {
    const sha256 = this.#sha256?.digest();
    return {
      size: this.#size,
      md5: this.#md5.digest(),
      sha256: sha256 === undefined ? undefined : Buffer.from(sha256, 'base64').toString('hex'),
      checksums: Object.fromEntries(
        Array.from(this.#checksums, ([algorithm, checksum]) => [algorithm, checksum.digest()]),
      ),
    };
  }
}
