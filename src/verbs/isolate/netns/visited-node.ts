import type { Target } from '../../../core/target.ts';
import type { PlanContext } from '../../../core/verb.ts';
import { notPlanned } from '../../changes/change-words.ts';
import { readNode } from '../../hold/hold-node.ts';

/**
 * The node on which a privileged pod is started for a moment: the plan is bound to it, and its protection counts as a
 * target's does. Throws `conflict` where some nodes are protected and this one may not be read.
 */
export const visitedNode = async (
  { cluster, entry, signal }: Pick<PlanContext, 'cluster' | 'entry' | 'signal'>,
  name: string,
): Promise<readonly Target[]> => {
  const read = await readNode(cluster, name, signal);
  if (read !== undefined) return [read.target];
  if (Object.keys(entry.guard.protectedLabels).length === 0) return [];
  throw notPlanned(
    `node/${name} is gone, or may not be read, so that nobody can tell whether it is protected: nothing is started on it.`,
    'Ask whoever runs the cluster to let Firebreak read nodes, and ask again.',
  );
};
