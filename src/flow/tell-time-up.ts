import { isDetached } from '../core/detached.ts';
import { heldFields } from '../core/held-fields.ts';
import { isMark } from '../core/marks.ts';
import type { FlowDeps } from './deps.ts';
import type { LedgerTransaction, Run } from './ledger.ts';

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
 * Asks the channel, once, what is to become of a run whose time is up. Nothing is said of one that was released or put
 * back before. `transaction` holds the run, so that one of several replicas asks.
 */
export const tellTimeUp = async (
  deps: Pick<FlowDeps, 'ledger'>,
  transaction: LedgerTransaction,
  run: Run,
): Promise<void> => {
  if (!(await isInForce(deps, run))) return;
  // Who waited for the lock finds that another was first; the message itself is what is remembered later.
  if ((await transaction.firstDelivery(`time-up/${run.id}`)) === 'duplicate') return;
  await transaction.append({
    type: 'run.time-up',
    actor: { kind: 'system', part: 'sweeper' },
    case: run.case,
    run: run.id,
    facts: {
      forSeconds: run.plan.arguments['for'],
      ...(run.proven?.verdict === undefined ? {} : { verdict: run.proven.verdict }),
    },
  });
  await transaction.show(run.id, 'time-up');
};
