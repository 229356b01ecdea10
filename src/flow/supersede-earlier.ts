import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import type { FlowDeps } from './deps.ts';
import type { Hold } from './hold-run.ts';
import type { Run } from './ledger.ts';
import { WORKER } from './worker.ts';

/** A cancel ends the run, and not the duty to keep what was collected until then. */
const notByCancel = (signal: AbortSignal): AbortSignal => {
  const ending = new AbortController();
  const abort = (): void => {
    if (toFirebreakError(signal.reason).code !== 'cancelled') ending.abort(signal.reason);
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return ending.signal;
};

/** Where an earlier worker of this run kept evidence, when it is not where evidence goes now; a sentence, or nothing. */
export const leftElsewhere = ({ store }: Pick<FlowDeps, 'store'>, run: Run): string =>
  run.fence === 1 || run.plan.evidence === '' || run.plan.evidence === store.location
    ? ''
    : `What an earlier worker had collected, if anything, lies unsealed at ${run.plan.evidence}, as ${run.case}/${run.id}.`;

/**
 * Puts aside what an earlier worker of this run had collected, before anything else can end it: whatever its end, that is
 * sealed with it. Returns the names it has now. Throws `evidence-store` with the place where it lies.
 */
export const supersedeEarlier = async (
  { store, ledger }: Pick<FlowDeps, 'store' | 'ledger'>,
  run: Run,
  { stillHeld, signal }: Pick<Hold, 'stillHeld' | 'signal'>,
): Promise<readonly string[]> => {
  // Another place is none of this configuration's; the run does not go on then.
  if (run.fence === 1 || run.plan.evidence !== store.location) return [];
  const bundle = `${run.case}/${run.id}`;
  await stillHeld();
  const until = notByCancel(signal);
  const superseded = await store.supersede(bundle, until).catch((thrown: unknown) => {
    const error = until.aborted ? toFirebreakError(until.reason) : toFirebreakError(thrown);
    if (error.code !== 'evidence-store') throw error;
    throw new FirebreakError({
      code: error.code,
      message: `${error.message} What an earlier worker of ${run.id} had collected, if anything, lies unsealed at ${store.reference(bundle)}.`,
      next: error.next,
      retry: error.retry,
      cause: error,
    });
  });
  if (superseded.length > 0)
    await ledger.write((transaction) =>
      transaction.append({
        type: 'evidence.superseded',
        actor: WORKER,
        case: run.case,
        run: run.id,
        facts: { objects: superseded, fence: run.fence },
      }),
    );
  return superseded;
};
