import type { Bundle } from '../core/evidence.ts';
import { handCommand } from './by-hand.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';

/** Its name in a bundle; docs/evidence-format.md has its form. */
const CHANGES = 'changes.json';

/**
 * Puts what the undo ledger holds of a run into its bundle: each write with what stood there before, what became of it and
 * the command that puts it back without Firebreak. Nothing where the run changed nothing.
 */
export const recordChanges = async (
  { ledger }: Pick<FlowDeps, 'ledger'>,
  run: Run,
  bundle: Pick<Bundle, 'record'>,
): Promise<void> => {
  if (run.plan.writes.length === 0) return;
  const changes = await ledger.changesOf(run.id);
  if (changes.length === 0) return;
  const text = {
    ...{ format: 'firebreak-changes', version: 1 },
    ...{ case: run.case, run: run.id, cluster: run.plan.cluster.name },
    changes: changes.map((change) => {
      const { id, step, object, madeUid, fields, state, resourceVersion, intendedAt } = change;
      return {
        id,
        ...(step === undefined ? {} : { step }),
        object,
        ...(madeUid === undefined ? {} : { madeUid }),
        outcome: state,
        resourceVersion,
        intendedAt: intendedAt.toISOString(),
        fields,
        ...(state === 'not applied' ? {} : { byHand: handCommand(change, run.plan.effect) }),
      };
    }),
  };
  await bundle.record(CHANGES, 'the undo ledger', `${JSON.stringify(text, null, 2)}\n`);
};
