import type { Progress } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';

/** How often a worker asks whether the run is still its own and tells how far it is. */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/** As much of the flow's dependencies as a hold needs. */
type HoldDeps = Pick<FlowDeps, 'clock' | 'log'> & { readonly ledger: Pick<FlowDeps['ledger'], 'heartbeat'> };

export interface Hold {
  /** Aborts with `superseded`, `cancelled` or `interrupted`. */
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** Asks now. Throws `superseded`, and what the database throws. A cancelled run is still held: it has to be sealed. */
  stillHeld(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Holds a run by its fencing number for as long as this worker works on it. A database that does not answer is waited
 * for: the fencing number decides when it is back.
 */
export const holdRun = (
  { ledger, clock, log }: HoldDeps,
  run: Pick<Run, 'id'>,
  fence: number,
  stopping: AbortSignal,
): Hold => {
  const ending = new AbortController();
  const released = new AbortController();
  let latest: Progress | undefined;
  const interrupt = (): void =>
    ending.abort(
      new FirebreakError({
        code: 'interrupted',
        message: `This Firebreak is stopping while it works on ${run.id}.`,
        next: 'Another one takes it over.',
        retry: 'retry can help',
      }),
    );
  if (stopping.aborted) interrupt();
  else stopping.addEventListener('abort', interrupt, { once: true });

  const superseded = new FirebreakError({
    code: 'superseded',
    message: `Another worker holds ${run.id} now.`,
    next: 'Nothing is to be done.',
  });
  const beat = async (): Promise<'held' | 'lost'> => {
    const held = await ledger.heartbeat(run.id, fence, latest);
    if (held === 'lost') {
      ending.abort(superseded);
      return 'lost';
    }
    if (held === 'cancel requested')
      ending.abort(
        new FirebreakError({
          code: 'cancelled',
          message: `${run.id} was cancelled while it ran.`,
          next: 'What was done until then stays, and its card says what.',
        }),
      );
    return 'held';
  };
  const loop = async (): Promise<void> => {
    while (!released.signal.aborted) {
      try {
        if ((await beat()) === 'lost') return;
      } catch (thrown) {
        log.warn(
          { run: run.id, fence, err: thrown },
          'The heartbeat did not reach the database; it is tried again.',
        );
      }
      await clock.sleep(HEARTBEAT_INTERVAL_MS, released.signal).catch(() => undefined);
    }
  };
  const looping = loop();
  return {
    signal: ending.signal,
    progress: (progress) => {
      latest = progress;
    },
    stillHeld: async () => {
      if ((await beat()) === 'lost') throw superseded;
    },
    release: async () => {
      released.abort();
      stopping.removeEventListener('abort', interrupt);
      await looping;
    },
  };
};
