import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import type { ClusterClient, ExecSession } from '../../../core/cluster.ts';
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
  /** The script stays after its `end` until this resolves; then it gets a line, and the end of stdin. */
  readonly until?: Promise<unknown>;
}

/** `broken`: nothing more will be said. `why` has no full stop: it becomes part of a sentence. */
export type MarkedEnd = { readonly kind: 'ended' } | { readonly kind: 'broken'; readonly why: string };

/** The scripts end themselves within 15 s; this is for one that does not. */
const VISIT_MS = 20_000;
/** What the remote gets to clean up after itself before the connection goes. */
const LEAVE_MS = 2_000;
/** More than any honest answer has. */
const OUTPUT_BYTES = 8 * 1024 * 1024;
const MARK_BYTES = 16;

/**
 * Runs a script in a container and hands over what it says. That it can't be run, or does not end, is an outcome; only
 * an abort of the caller's signal is thrown, as its reason.
 */
export const runMarked = async (
  visit: MarkedVisit,
  script: MarkedScript,
  options: MarkedOptions,
): Promise<MarkedEnd> => {
  const { client, clock, signal, where } = visit;
  signal.throwIfAborted();
  const idle = new AbortController();
  const overdue = new AbortController();
  clock.sleep(VISIT_MS, idle.signal).then(
    () => overdue.abort(),
    () => 'it ended in time',
  );
  const connection = AbortSignal.any([signal, overdue.signal]);
  try {
    const { namespace, pod, container } = where;
    const { command } = script;
    const session = await client.exec({ namespace, pod, container, command, signal: connection });
    return await converse(session, script, options, {
      ...{ signal: connection },
      leave: () => clock.sleep(LEAVE_MS, idle.signal),
    });
  } catch (thrown) {
    if (!connection.aborted && !(thrown instanceof FirebreakError)) throw thrown;
    return {
      kind: 'broken',
      why: thrown instanceof FirebreakError ? thrown.message : 'the connection ended',
    };
  } finally {
    idle.abort();
    signal.throwIfAborted();
  }
};

const LATE: MarkedEnd = { kind: 'broken', why: 'it did not end in time' };

const converse = async (
  session: ExecSession,
  script: MarkedScript,
  { take, between, until }: MarkedOptions,
  { signal, leave }: { readonly signal: AbortSignal; readonly leave: () => Promise<void> },
): Promise<MarkedEnd> => {
  const mark = randomBytes(MARK_BYTES).toString('hex');
  const ended = Promise.withResolvers<'end'>();
  const lines = new MarkedLines(mark, {
    take: (line) => (line === 'end' ? ended.resolve('end') : take(line)),
    ...(between === undefined ? {} : { between }),
  });
  const read = readAll(session.stdout, (piece) => lines.add(piece));
  const drained = readAll(session.stderr, () => undefined);
  const gone = aborted(signal);
  try {
    const send = (text: string) =>
      session.write(Buffer.from(text, 'utf8')).catch(() => 'the status says why');
    await Promise.race([send(script.text(mark)), gone]);
    const first = await Promise.race([ended.promise, read, gone]);
    if (first === 'too much') return { kind: 'broken', why: 'it said more than it can have to say' };
    if (first === 'gone') return LATE;
    if (first === 'over') return await whyOver(session, gone);
    if (until !== undefined) {
      await Promise.race([until, read, gone]);
      await Promise.race([send('\n'), gone]);
    }
    session.endStdin();
    await Promise.race([session.status, leave(), gone]);
    return { kind: 'ended' };
  } finally {
    session.endStdin();
    session.abort();
    await Promise.allSettled([read, drained]);
  }
};

const aborted = (signal: AbortSignal): Promise<'gone'> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('gone');
    signal.addEventListener('abort', () => resolve('gone'), { once: true });
  });

/** Reads a stream to its end. A failure of it ends it too. */
const readAll = async (
  stream: AsyncIterable<Uint8Array>,
  take: (piece: Uint8Array) => void,
): Promise<'over' | 'too much'> => {
  let bytes = 0;
  try {
    for await (const piece of stream) {
      bytes += piece.length;
      if (bytes > OUTPUT_BYTES) return 'too much';
      take(piece);
    }
  } catch {
    // The status, or its absence, says how the stream was lost.
  }
  return 'over';
};

const whyOver = async (session: ExecSession, gone: Promise<'gone'>): Promise<MarkedEnd> => {
  const status = await Promise.race([session.status, gone]);
  if (status === 'gone') return LATE;
  return {
    kind: 'broken',
    why: status.kind === 'failed' ? 'the program could not be started' : 'it ended early',
  };
};
