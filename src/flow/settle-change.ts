import type { AuditEvent } from '../core/audit-event.ts';
import type { Change } from '../core/change.ts';
import type { ClusterReader, ClusterWriter } from '../core/cluster.ts';
import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import type { FlowDeps } from './deps.ts';
import type { Hold } from './hold-run.ts';
import type { Run } from './ledger.ts';
import { lookAtChange, type Seen } from './look-at-change.ts';
import { WORKER } from './worker.ts';

/** As much of the flow's dependencies as a change needs. */
export type ChangeDeps = Pick<FlowDeps, 'ledger' | 'clock' | 'log'>;

/** What it takes to learn what became of a change. */
export interface Looking {
  readonly run: Run;
  readonly client: Pick<ClusterReader, 'get'>;
  readonly hold: Pick<Hold, 'signal'>;
}

export interface Changing extends Looking {
  readonly client: Pick<ClusterReader, 'get'> & ClusterWriter;
}

/** How long an object is asked what became of a change whose answer was lost. */
const LOOK_FOR_MS = 30_000;
const LOOK_PAUSE_MS = 1_000;

export const lostRun = ({ id }: Pick<Run, 'id'>): FirebreakError =>
  new FirebreakError({
    code: 'superseded',
    message: `Another worker holds ${id} now.`,
    next: 'Nothing is to be done.',
  });

/** An event of the worker's about its run. */
export const runEvent = (
  type: AuditEvent['type'],
  run: Pick<Run, 'case' | 'id'>,
  facts: AuditEvent['facts'],
): AuditEvent => ({ type, actor: WORKER, case: run.case, run: run.id, facts });

/** Writes down what became of a change. Throws `superseded` when this worker no longer holds the run. */
export const settle = async (
  { ledger }: Pick<ChangeDeps, 'ledger'>,
  run: Run,
  change: Change,
  to: Exclude<Change['state'], 'intended'>,
  facts: Readonly<Record<string, unknown>>,
  /** Of what the change made, once it is known. */
  madeUid?: string,
): Promise<Change> => {
  const made = madeUid === undefined ? {} : { madeUid };
  const done = await ledger.write((transaction) =>
    transaction.settle(
      change,
      { to, fence: run.fence, ...made },
      runEvent('change.settled', run, {
        ...{ change: change.id, outcome: to, fence: run.fence },
        ...made,
        ...facts,
      }),
    ),
  );
  if (done === 'lost') throw lostRun(run);
  return { ...change, state: to, ...made };
};

/**
 * Asks the object what became of a change, for as long as the cluster does not answer. Who cancels a run wants to know
 * all the more what it did; a process that stops leaves the question to its successor and throws why.
 */
export const lookLong = async (
  { clock, log }: Pick<ChangeDeps, 'clock' | 'log'>,
  { run, client, hold }: Looking,
  change: Change,
): Promise<Seen> => {
  const deadline = clock.monotonicMs() + LOOK_FOR_MS;
  const until = AbortSignal.timeout(LOOK_FOR_MS);
  for (;;)
    try {
      return await lookAtChange(client, change, until);
    } catch (thrown) {
      log.warn({ run: run.id, change: change.id, err: thrown }, 'A changed object could not be read.');
      if (hold.signal.aborted && toFirebreakError(hold.signal.reason).code !== 'cancelled')
        throw hold.signal.reason;
      if (clock.monotonicMs() >= deadline || until.aborted) return { kind: 'unknown' };
      await clock.sleep(LOOK_PAUSE_MS, until).catch(() => undefined);
    }
};

/**
 * Settles, at the end of a run, the changes whose outcome nobody wrote down, by reading their objects. One whose object is
 * untouched can't be said not to have happened: its request may still be on its way, and nothing of this run follows that
 * would keep it from being carried out.
 */
export const settleIntents = async (deps: ChangeDeps, looking: Looking): Promise<void> => {
  for (const change of await deps.ledger.changesOf(looking.run.id)) {
    if (change.state !== 'intended') continue;
    const seen = await lookLong(deps, looking, change);
    const facts = { how: 'read back', seen: seen.kind };
    if (seen.kind === 'untouched') await settle(deps, looking.run, change, 'unknown', facts);
    else await settle(deps, looking.run, change, seen.kind, facts, seen.madeUid);
  }
};
