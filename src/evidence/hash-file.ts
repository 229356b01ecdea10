import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Reads a file once, in pieces. Resolves with its length in bytes and its SHA-256 in hex. */
export const hashFile = async (
  path: string,
  signal: AbortSignal,
): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path, { signal, highWaterMark: 256 * 1024 });
  for await (const piece of stream) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
};
