import type { Change } from '../core/change.ts';
import { canBeUndone, type Effect } from '../core/effect.ts';
import { lookCommand, reverseCommand } from '../core/reverse-command.ts';
import { standingChanges } from '../core/standing-changes.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';

/** `look`: nobody knows whether it was changed, or it can't be put back; the command shows what is there. */
export interface HandCommand {
  readonly does: 'puts it back' | 'look';
  readonly command: string;
}

/** The kubectl command for one change of a verb with this effect, for who does without Firebreak. */
export const handCommand = (
  { object, fields, state }: Pick<Change, 'object' | 'fields' | 'state'>,
  effect: Effect,
): HandCommand =>
  state === 'applied' && canBeUndone(effect)
    ? { does: 'puts it back', command: reverseCommand({ object, fields }) }
    : { does: 'look', command: lookCommand(object) };

/**
 * Those for what of a run's changes may still stand, its last change first; none once it was undone. By the ledger, not by
 * the run's report: a run whose worker died has none.
 */
export const byHand = async (
  { ledger }: Pick<FlowDeps, 'ledger'>,
  run: Run,
): Promise<readonly HandCommand[]> =>
  run.undoneBy === undefined
    ? standingChanges(
        (await ledger.changesOf(run.id)).map((change) => ({ ...change, outcome: change.state })),
      )
        .toReversed()
        .map((change) => handCommand(change, run.plan.effect))
    : [];
