import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { S3Refusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

/** The SDK tries again until the answer begins; what breaks in its middle is read again from the start. */
const TRIES = 3;

/** Reads an object once, in pieces. Resolves with its length in bytes and its SHA-256 in hex. */
export const hashObject = async (
  session: S3Session,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await session.call('GetObject', signal, async (client) => {
        const { Body, ContentLength } = await client.send(
          new GetObjectCommand({ Bucket: session.settings.bucket, Key: key }),
          { abortSignal: signal },
        );
        const hash = createHash('sha256');
        let bytes = 0;
        if (Body instanceof Readable)
          for await (const piece of Body) {
            if (!(piece instanceof Uint8Array)) throw new TypeError('the body is no bytes');
            hash.update(piece);
            bytes += piece.length;
          }
        if (bytes !== ContentLength)
          throw Object.assign(new Error('the body is cut'), { code: 'ECONNRESET' });
        return { bytes, sha256: hash.digest('hex') };
      });
    } catch (thrown) {
      if (tries === TRIES || !brokeOff(thrown)) throw thrown;
    }
  }
};

const brokeOff = (thrown: unknown): boolean => thrown instanceof S3Refusal && thrown.status === 0;
