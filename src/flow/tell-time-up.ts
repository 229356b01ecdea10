import { isDetached } from '../core/detached.ts';
import { heldFields } from '../core/held-fields.ts';
import { isMark } from '../core/marks.ts';
import type { FlowDeps } from './deps.ts';
import type { LedgerTransaction, Run } from './ledger.ts';
import { insertInto } from './record-run.ts';
import type { PlannedRelease } from './release-in-time.ts';

const SWEEPER = { kind: 'system', part: 'sweeper' } as const;

/** Whether what the run set on its targets is still held, by the ledger alone; labels that took a pod out of its controller aside. */
const isInForce = async ({ ledger }: Pick<FlowDeps, 'ledger'>, { id, plan }: Run): Promise<boolean> => {
  for (const { uid } of plan.targets) {
    const held = heldFields(await ledger.history([plan.cluster.name], uid));
    if (held.some((field) => field.run === id && !isMark(field) && !isDetached(field.verb, field)))
      return true;
  }
  return false;
};

/**
 * Asks the channel, once, what is to become of a run whose time is up; where its plan said so, the release is written down
 * with it. Nothing is said of one that was released or put
 * back before. `transaction` holds the run, so that one of several replicas asks.
 */
export const tellTimeUp = async (
  deps: Pick<FlowDeps, 'ledger'> & Partial<Pick<FlowDeps, 'digest'>>,
  transaction: LedgerTransaction,
  run: Run,
  release?: PlannedRelease,
): Promise<void> => {
  if (!(await isInForce(deps, run))) return;
  // Who waited for the lock finds that another was first; the message itself is what is remembered later.
  if ((await transaction.firstDelivery(`time-up/${run.id}`)) === 'duplicate') return;
  const made =
    release === undefined || deps.digest === undefined
      ? undefined
      : await insertInto(transaction, { digest: deps.digest }, { ...release, reason: '', actor: SWEEPER });
  await transaction.append({
    type: 'run.time-up',
    actor: SWEEPER,
    case: run.case,
    run: run.id,
    facts: {
      forSeconds: run.plan.arguments['for'],
      ...(made === undefined ? {} : { release: made.id }),
      ...(run.proven?.verdict === undefined ? {} : { verdict: run.proven.verdict }),
    },
  });
  await transaction.show(run.id, 'time-up');
};
