import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import { hasEnded, type RunState } from '../core/run-state.ts';
import { expireIfDue } from './decide.ts';
import { type ExecuteDeps, execute } from './execute.ts';
import { goesOn } from './goes-on.ts';
import type { Handled } from './jobs.ts';
import type { Run } from './ledger.ts';

const LOOK_EVERY_MS = 1_000;
/** A run without a job is called for by every replica that serves once it was silent for 30 s. Until then it is this process's own. */
const OWN_FOR_MS = 20_000;
/** Such a replica calls for it within a second; this process comes after it. */
const LEFT_ALONE_LOOKS = 3;

export interface Carried {
  readonly id: string;
  /** `recorded here`: it has no job, and this process is its worker. */
  readonly origin: 'recorded here' | 'found';
  /** Told of each state that it is seen in. */
  readonly told?: (run: Run) => void;
}

/**
 * Sees one run to its end, in a process that takes no other: runs it while nobody else does, follows it while somebody
 * does, and takes it over when no replica that serves did that first. One that waits for approvals is followed until it is
 * decided or expires. When this process is stopping, it calls a worker for what it was to run, and throws `interrupted`.
 */
export const carryThrough = async (
  deps: ExecuteDeps,
  { id, origin, told = () => undefined }: Carried,
  stopping: AbortSignal,
): Promise<Run> => {
  const since = deps.clock.monotonicMs();
  let shown: RunState | undefined;
  let alone = 0;
  let worked = origin === 'recorded here';
  const own = ({ state }: Run): boolean =>
    origin === 'recorded here' && state === 'queued' && deps.clock.monotonicMs() - since < OWN_FOR_MS;
  try {
    for (;;) {
      const run = await deps.ledger.run(id);
      if (run === undefined) throw new TypeError(`The run ${id} is gone.`);
      if (run.state !== shown) told(run);
      shown = run.state;
      if (hasEnded(run.state)) return run;
      stopping.throwIfAborted();
      if (run.state === 'planned') await expireIfDue(deps, run);
      alone = (await deps.ledger.withoutJob()).includes(id) ? alone + 1 : 0;
      if (own(run) || alone >= LEFT_ALONE_LOOKS) {
        alone = 0;
        worked = true;
        if ((await attempt(deps, id, stopping)) === 'done') continue;
      }
      await deps.clock.sleep(LOOK_EVERY_MS, stopping);
    }
  } catch (thrown) {
    if (!stopping.aborted) throw thrown;
    if (worked) await handOver(deps, id);
    throw new FirebreakError({
      code: 'interrupted',
      message: `${id} was left before its end.`,
      next: 'A Firebreak that serves goes on with it; where none does, type the same command again.',
      retry: 'retry can help',
      cause: thrown,
    });
  }
};

/** `later`: another run holds its target, or the database was away. */
const attempt = async (deps: ExecuteDeps, id: string, stopping: AbortSignal): Promise<Handled> => {
  try {
    return await execute(deps, id, stopping);
  } catch (thrown) {
    if (stopping.aborted || !goesOn(toFirebreakError(thrown))) throw thrown;
    deps.log.warn({ run: id, err: thrown }, 'The run could not be gone on with; it is tried again.');
    return 'later';
  }
};

const handOver = async (deps: ExecuteDeps, id: string): Promise<void> => {
  try {
    await deps.ledger.write(async (transaction) => {
      const run = await transaction.lockRun(id);
      if (run?.state === 'queued' || run?.state === 'running') await transaction.enqueue(id);
    });
  } catch (err) {
    deps.log.warn({ run: id, err }, 'No worker could be called for the run; it is found to have none.');
  }
};
