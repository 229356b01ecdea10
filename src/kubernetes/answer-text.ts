import type { IncomingMessage } from 'node:http';
import { FirebreakError } from '../core/firebreak-error.ts';

/**
 * The whole body as text. One that is longer than `maxBytes` is not read to its end.
 * Throws `cluster-answer` for it, and Node's error when the connection broke.
 */
export const answerText = async (answer: IncomingMessage, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > maxBytes) {
      answer.destroy();
      throw new FirebreakError({
        code: 'cluster-answer',
        message: `The answer of the cluster is larger than ${maxBytes} bytes.`,
        next: 'Ask for less: one namespace, or a label selector.',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
};

/** A refusal's words are not worth a longer wait: its status line has come. */
const REFUSAL_MS = 5_000;

/** The text of a refusal: what is beyond `maxBytes`, or comes too late, is dropped, for it is only shown. */
export const refusalText = async (answer: IncomingMessage, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => answer.destroy(), REFUSAL_MS);
  try {
    for await (const chunk of answer) {
      if (!Buffer.isBuffer(chunk)) continue;
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) break;
    }
  } catch {
    // The status line is the refusal; a broken body only takes words from it.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
};
