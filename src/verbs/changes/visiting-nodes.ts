import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isOnNode } from '../../core/made-kind.ts';
import type { Method } from '../../core/plan.ts';
import { podTarget, type Target } from '../../core/target.ts';
import type { RunNames, WantedWrite } from '../../core/verb.ts';
import { footholdMethods } from '../footholds/foothold-methods.ts';
import { fromNode, nodeFoothold, nodeVisitSeconds } from '../isolate/netns/node-visit.ts';

export interface NodeVisits {
  readonly writes: (names: RunNames) => readonly WantedWrite[];
  readonly methods: readonly Method[];
}

/**
 * Writes of which some are made on the target's node: a pod is started there for them, and ended after them. Where the target is
 * gone there is nothing on a node to be written any more. Throws `config-invalid` where the cluster has no tool image by now.
 */
export const visitingNodes = (
  entry: ClusterEntry,
  target: Target,
  presence: 'there' | 'gone',
  writes: readonly WantedWrite[],
): NodeVisits => {
  const isThere = (write: WantedWrite): boolean => write.action === 'take away' && isOnNode(write.object);
  const there = writes.filter(isThere);
  const [first] = there;
  if (first === undefined || presence === 'gone' || target.kind !== 'pod')
    return { writes: () => writes, methods: [] };
  const { node } = podTarget(target);
  const others = writes.filter((write) => !isThere(write));
  return {
    writes: (names) => [...fromNode(entry, node, names, first.step, there), ...others],
    methods: footholdMethods([nodeFoothold(entry, node, { run: '', case: '' })], {
      deadlineSeconds: nodeVisitSeconds(entry),
    }),
  };
};
