import { canBeUndone } from '../core/effect.ts';
import { lookCommand, reverseCommand } from '../core/reverse-command.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';

/** `look`: nobody knows whether it was changed, or it can't be put back; the command shows what is there. */
export interface HandCommand {
  readonly does: 'puts it back' | 'look';
  readonly command: string;
}

/** The kubectl commands that put back without Firebreak what a run changed, its last change first; none once it was undone. */
export const byHand = async (
  { ledger }: Pick<FlowDeps, 'ledger'>,
  run: Run,
): Promise<readonly HandCommand[]> =>
  run.undoneBy === undefined
    ? (await ledger.changesOf(run.id))
        .filter(({ state }) => state !== 'not applied')
        .toReversed()
        .map(
          (change): HandCommand =>
            change.state === 'applied' && canBeUndone(run.plan.effect)
              ? { does: 'puts it back', command: reverseCommand(change) }
              : { does: 'look', command: lookCommand(change.object) },
        )
    : [];
