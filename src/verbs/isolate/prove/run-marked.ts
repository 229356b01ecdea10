import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import type { ClusterClient } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import type { Foothold } from '../../../core/foothold.ts';
import { MarkedLines, type MarkedLineTaker } from './marked-lines.ts';

/** A script that arrives on stdin and speaks in lines that begin with a mark. The last of them is `end`. */
export interface MarkedScript {
  readonly command: readonly string[];
  readonly text: (mark: string) => string;
}

export interface MarkedVisit {
  readonly client: Pick<ClusterClient, 'exec'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly where: Foothold;
}

export interface MarkedOptions extends MarkedLineTaker {
  /** Stdin is ended once this resolves, after `end`. At once when left out. */
  readonly until?: Promise<unknown>;
}

/** Why a visit says nothing more; absent when it came to its end. A part of a sentence. */
export type MarkedEnd = { readonly kind: 'ended' } | { readonly kind: 'broken'; readonly why: string };

/** The script's own bound is 15 s; this is for one that does not keep it. */
const VISIT_MS = 20_000;
/** What the remote gets to clean up after itself before the connection goes. */
const LEAVE_MS = 2_000;
/** More than any honest answer has. */
const OUTPUT_BYTES = 8 * 1024 * 1024;
const MARK_BYTES = 16;

/**
 * Runs a script in a container and hands over what it says. That it can't be run, or does not end, is an outcome; only
 * an abort of the caller's signal is thrown.
 */
export const runMarked = async (
  { client, clock, signal, where }: MarkedVisit,
  script: MarkedScript,
  { take, between, until }: MarkedOptions,
): Promise<MarkedEnd> => {
  signal.throwIfAborted();
  const mark = randomBytes(MARK_BYTES).toString('hex');
  const visit = new AbortController();
  const idle = new AbortController();
  const overdue = clock.sleep(VISIT_MS, idle.signal).then(
    () => visit.abort(new Error('overdue')),
    () => undefined,
  );
  const connection = AbortSignal.any([signal, visit.signal]);
  try {
    const session = await client.exec({ ...where, command: script.command, signal: connection });
    const ended = Promise.withResolvers<'end'>();
    const lines = new MarkedLines(mark, {
      take: (line) => (line === 'end' ? ended.resolve('end') : take(line)),
      ...(between === undefined ? {} : { between }),
    });
    const read = (async (): Promise<'over' | 'too much'> => {
      let bytes = 0;
      for await (const piece of session.stdout) {
        bytes += piece.length;
        if (bytes > OUTPUT_BYTES) return 'too much';
        lines.add(piece);
      }
      return 'over';
    })();
    const drained = drain(session.stderr);
    try {
      const sent = session.write(Buffer.from(script.text(mark), 'utf8')).catch(() => undefined);
      const broken = new Promise<'gone'>((resolve) => {
        connection.addEventListener('abort', () => resolve('gone'), { once: true });
      });
      const first = await Promise.race([ended.promise, read.catch(() => 'over' as const), broken]);
      if (first === 'end') {
        await Promise.race([until, broken]);
        session.endStdin();
        await Promise.race([
          session.status.catch(() => undefined),
          clock.sleep(LEAVE_MS, idle.signal),
          broken,
        ]);
        signal.throwIfAborted();
        return { kind: 'ended' };
      }
      signal.throwIfAborted();
      if (first === 'too much') return { kind: 'broken', why: 'it said more than it can have to say' };
      if (first === 'gone') return { kind: 'broken', why: 'it did not end in time' };
      await sent;
      const status = await Promise.race([session.status, broken]);
      return {
        kind: 'broken',
        why:
          status !== 'gone' && status.kind === 'failed'
            ? 'the program could not be started'
            : 'it ended early',
      };
    } finally {
      session.endStdin();
      session.abort();
      await Promise.allSettled([read, drained]);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (visit.signal.aborted) return { kind: 'broken', why: 'it did not start in time' };
    if (thrown instanceof FirebreakError) return { kind: 'broken', why: thrown.message };
    throw thrown;
  } finally {
    idle.abort();
    await overdue;
  }
};

const drain = async (stream: AsyncIterable<Uint8Array>): Promise<void> => {
  const iterator = stream[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
};
