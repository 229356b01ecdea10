import type { IncomingMessage } from 'node:http';
import type { ClusterConnection } from './cluster-connection.ts';
import type { ClusterLimits } from './cluster-limits.ts';
import { timeoutError } from './dial-failure.ts';

export interface AnswerReader {
  readonly connection: ClusterConnection;
  readonly limits: Pick<ClusterLimits, 'logSilenceMs' | 'logMs'>;
  readonly signal: AbortSignal;
}

/**
 * The bytes of an answer as they come; a consumer that stops reading stops the socket. Throws when the connection
 * breaks before the answer's end, so that a cut log is never taken for a whole one, and `cluster-timeout` when the
 * server falls silent or never ends: a run must not wait for it forever.
 */
export async function* answerBytes(
  answer: IncomingMessage,
  { connection, limits, signal }: AnswerReader,
): AsyncGenerator<Uint8Array, void, undefined> {
  const giveUpAfter = (ms: number): NodeJS.Timeout =>
    setTimeout(() => answer.destroy(timeoutError('log', ms)), ms);
  const whole = giveUpAfter(limits.logMs);
  let silence: NodeJS.Timeout | undefined;
  try {
    silence = giveUpAfter(limits.logSilenceMs);
    for await (const chunk of answer) {
      clearTimeout(silence);
      if (Buffer.isBuffer(chunk)) yield chunk;
      silence = giveUpAfter(limits.logSilenceMs);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw connection.failure(error);
  } finally {
    clearTimeout(silence);
    clearTimeout(whole);
    answer.destroy();
  }
}
