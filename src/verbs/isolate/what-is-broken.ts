import { fieldName, stands } from '../../core/field-at.ts';
import { isOnNode } from '../../core/made-kind.ts';
import { readIfThere } from '../../core/read-if-there.ts';
import { isObjectPath } from '../../core/structure.ts';
import { targetName } from '../../core/target.ts';
import type { PlanContext } from '../../core/verb.ts';

/**
 * What of that which a run holds is no longer as it left it, each the name of something. A Job counts: it ends at its
 * deadline, and then nothing can be proven any more. What stands on a node is not looked at: the proof shows it.
 */
export const whatIsBroken = async (
  context: Pick<PlanContext, 'cluster' | 'signal' | 'object' | 'held' | 'heldElsewhere'>,
  run: string,
): Promise<readonly string[]> => {
  const here = context.held
    .filter((field) => field.run === run && !stands(context.object, field.path, field.after))
    .map(fieldName);
  const made = context.heldElsewhere.filter((field) => field.run === run && !isOnNode(field.object));
  const elsewhere = await Promise.all(
    made.map(async (field) => {
      const raw = await readIfThere(context.cluster, field.object, context.signal);
      if (raw !== undefined && stands(raw, field.path, field.after)) return [];
      const what = isObjectPath(field.path) ? '' : `${fieldName(field)} of `;
      return [`${what}${targetName(field.object)}`];
    }),
  );
  return [...here, ...elsewhere.flat()];
};
