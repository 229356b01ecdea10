import { hmac, scopeText, sha256Hex } from '../../signature-v4/signing-key.ts';
import type { ValidSignature } from '../../signature-v4.ts';
import { S3Error } from '../protocol/s3-error.ts';

const EMPTY_SHA256 = sha256Hex('');

/**
 * Checks the chain of signatures in a body of STREAMING-AWS4-HMAC-SHA256-PAYLOAD: each signs the one before it.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class ChunkSignatures {
  readonly #seed: ValidSignature;
  #previous: string;

  constructor(seed: ValidSignature) {
    this.#seed = seed;
    this.#previous = seed.authorization.signature;
  }

  /** @param hash SHA-256 of the chunk's data, in hex. */
  checkChunk(signature: string, hash: string): void {
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, hash], signature);
  }

  /** @param trailer Lines of `name:value\n`. */
  checkTrailer(signature: string, trailer: string): void {
    this.#check('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(trailer)], signature);
  }

  #check(algorithm: string, hashes: readonly string[], signature: string): void {
    const { timestamp, scope } = this.#seed.authorization;
    const toSign = [algorithm, timestamp, scopeText(scope), this.#previous, ...hashes].join('\n');
    const expected = hmac(this.#seed.signingKey, toSign).toString('hex');
    if (signature !== expected)
      throw new S3Error('SignatureDoesNotMatch', { fields: { StringToSign: toSign } });
    this.#previous = expected;
  }
}
