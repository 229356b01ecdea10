import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ValidSignature } from '../../signature-v4.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { AwsChunked } from './aws-chunked.ts';
import type { ChecksumAlgorithm } from './checksum-algorithms.ts';
import { ChunkSignatures } from './chunk-signatures.ts';
import { type DeclaredChecksum, declaredChecksum } from './declared-checksum.ts';
import { DigestStream, type Digests } from './digest-stream.ts';
import { checkMd5, type PayloadKind, readPayloadHash } from './payload-hash.ts';

const MAX_OBJECT_BYTES = 5 * 1024 ** 3;
const MAX_XML_BYTES = 8 * 1024 ** 2;

export interface BodyParts {
  readonly incoming: IncomingMessage;
  readonly signature: ValidSignature;
  /** Sends `100 Continue` where the client waits for it. */
  readonly beforeReading: () => void;
  /** Cuts or holds the raw body in the middle, for a fault. */
  readonly interference: Transform | undefined;
}

/** A request's body: read once, as a stream, with everything checked that the client said about it. */
export class IncomingBody {
  readonly #parts: BodyParts;
  readonly declared: DeclaredChecksum | undefined;
  readonly #payload: PayloadKind;

  constructor(parts: BodyParts) {
    this.#parts = parts;
    const { headers } = parts.incoming;
    this.declared = declaredChecksum(headers);
    this.#payload = readPayloadHash(headers, parts.signature.authorization.place);
  }

  /** The body's length without frames, in bytes. Throws MissingContentLength. */
  announcedLength(): number {
    const { headers } = this.#parts.incoming;
    const text =
      this.#payload.kind === 'aws-chunked'
        ? headers['x-amz-decoded-content-length']
        : headers['content-length'];
    if (typeof text !== 'string' || !/^\d+$/.test(text)) throw new S3Error('MissingContentLength');
    return Number(text);
  }

  /** Streams the body into the file, which is gone again when anything is wrong. */
  async toFile(file: string, algorithms: readonly ChecksumAlgorithm[]): Promise<Digests> {
    const announced = this.announcedLength();
    if (announced > MAX_OBJECT_BYTES) throw new S3Error('EntityTooLarge');
    try {
      return await this.#receive(createWriteStream(file), algorithms, announced);
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  /** A small body, for the operations that speak XML. */
  async toText(): Promise<string> {
    const pieces: Buffer[] = [];
    let size = 0;
    const sink = new Writable({
      write(data: Buffer, _encoding, done) {
        size += data.length;
        pieces.push(data);
        done(size > MAX_XML_BYTES ? new S3Error('EntityTooLarge') : null);
      },
    });
    await this.#receive(sink, [], undefined);
    return Buffer.concat(pieces).toString('utf8');
  }

  async #receive(
    sink: Writable,
    algorithms: readonly ChecksumAlgorithm[],
    announced: number | undefined,
  ): Promise<Digests> {
    const { incoming, interference, signature, beforeReading } = this.#parts;
    const wanted = new Set([
      ...algorithms,
      ...(this.declared === undefined ? [] : [this.declared.algorithm]),
    ]);
    const payload = this.#payload;
    const frames =
      payload.kind === 'aws-chunked'
        ? new AwsChunked(payload.signed === 'chunks signed' ? new ChunkSignatures(signature) : undefined)
        : undefined;
    const digest = new DigestStream(
      [...wanted],
      payload.kind === 'signed' ? 'hash the payload' : 'payload not signed',
    );
    beforeReading();
    const stages = [interference, frames, digest].filter((stage) => stage !== undefined);
    // Destroying the request would close the connection that the refusal has to go out on.
    const bytes = Readable.from(incoming.iterator({ destroyOnReturn: false }), { objectMode: false });
    await pipeline([bytes, ...stages, sink]);
    const digests = digest.digests();
    if (announced !== undefined && digests.size !== announced) throw new S3Error('IncompleteBody');
    if (payload.kind === 'signed' && payload.sha256 !== digests.sha256)
      throw new S3Error('XAmzContentSHA256Mismatch', {
        fields: {
          ClientComputedContentSHA256: payload.sha256,
          S3ComputedContentSHA256: digests.sha256 ?? '',
        },
      });
    checkMd5(incoming.headers['content-md5'], digests.md5);
    this.#checkDeclared(digests, frames);
    return digests;
  }

  #checkDeclared(digests: Digests, frames: AwsChunked | undefined): void {
    if (this.declared === undefined) return;
    const { algorithm } = this.declared;
    const value = this.declared.value ?? frames?.trailers.get(`x-amz-checksum-${algorithm.toLowerCase()}`);
    if (value === undefined) throw new S3Error('MalformedTrailerError');
    if (value !== digests.checksums[algorithm])
      throw new S3Error('BadDigest', {
        message: `The ${algorithm} you specified did not match the calculated checksum.`,
      });
  }
}
