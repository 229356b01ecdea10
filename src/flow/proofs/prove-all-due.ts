import { type ProofDeps, reprove } from './reprove.ts';

/** A proof waits for its cluster most of the time; more at once would only wait for the connections. */
const AT_ONCE = 4;

/** Repeats every proof that is due, a few at once. Safe on every replica at once. Throws when some could not be written. */
export const proveAllDue = async (deps: ProofDeps, stopping: AbortSignal): Promise<void> => {
  const one = async (): Promise<void> => {
    while (!stopping.aborted && (await reprove(deps, stopping)) === 'done');
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, one));
  const failures = ended.flatMap((each): readonly unknown[] =>
    each.status === 'rejected' ? [each.reason] : [],
  );
  if (failures.length > 0) throw new AggregateError(failures, 'Proofs could not be repeated.');
};
