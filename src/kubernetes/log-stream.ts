import type { IncomingMessage } from 'node:http';
import type { ClusterConnection } from './cluster-connection.ts';

/**
 * The bytes of an answer as they come; a consumer that stops reading stops the socket. Throws when the connection
 * breaks before the answer's end, so that a cut log is never taken for a whole one.
 */
export async function* answerBytes(
  answer: IncomingMessage,
  connection: ClusterConnection,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer) {
      if (Buffer.isBuffer(chunk)) yield chunk;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw connection.failure(error);
  } finally {
    answer.destroy();
  }
}
