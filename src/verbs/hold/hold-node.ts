import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { Permission } from '../../core/permission.ts';
import { type ObjectTarget, targetPath } from '../../core/target.ts';
import type { PlanContext } from '../../core/verb.ts';
import { HOLDING, HOLDS } from '../node/holds.ts';
import { type WantedAnnotations, wantedAnnotations } from './wanted-annotations.ts';

export const READS_NODE: Permission = { verb: 'get', group: '', resource: 'nodes' };
export const KEEPS_NODE: readonly Permission[] = [
  READS_NODE,
  { verb: 'patch', group: '', resource: 'nodes' },
];

const NODE_HOLDS = HOLDS.map((hold) => ({ ...hold, holding: HOLDING }));

const nodeSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string() }),
  spec: z.looseObject({ unschedulable: z.boolean().default(false) }).default({ unschedulable: false }),
});

/** A node that was read, as a plan is bound to it. */
const nodeTarget = (raw: unknown): ObjectTarget => {
  const { metadata, spec } = nodeSchema.parse(raw);
  return {
    ...{ kind: 'node', namespace: '', name: metadata.name, uid: metadata.uid },
    status: spec.unschedulable ? 'cordoned' : 'schedulable',
  };
};

/** The node of a pod as the API server sent it; undefined where it is gone, or may not be read. */
export const readNode = async (
  cluster: Pick<ClusterReader, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly raw: unknown; readonly target: ObjectTarget } | undefined> => {
  try {
    const raw = await cluster.get(targetPath({ kind: 'node', namespace: '', name }), signal);
    return { raw, target: nodeTarget(raw) };
  } catch (thrown) {
    if (thrown instanceof FirebreakError && (thrown.code === 'not-found' || thrown.code === 'not-allowed'))
      return undefined;
    throw thrown;
  }
};

/** What is written on the node, or why nothing is: the end of a sentence. */
export type NodePart =
  | ({ readonly kind: 'held'; readonly raw: unknown; readonly target: ObjectTarget } & WantedAnnotations)
  | { readonly kind: 'left out'; readonly why: string };

export const planNode = async (
  { cluster, mayRun, signal }: Pick<PlanContext, 'cluster' | 'mayRun' | 'signal'>,
  name: string,
  others: Parameters<typeof wantedAnnotations>[3],
): Promise<NodePart> => {
  if (name === '') return { kind: 'left out', why: 'it runs on no node yet' };
  const answers = await Promise.all(KEEPS_NODE.map(mayRun));
  if (answers.includes('no')) return { kind: 'left out', why: 'Firebreak may not patch nodes here' };
  const node = await readNode(cluster, name, signal);
  if (node === undefined) return { kind: 'left out', why: 'the node is gone, or may not be read' };
  return {
    kind: 'held',
    ...node,
    ...wantedAnnotations(node.raw, `node/${name}`, NODE_HOLDS, others),
  };
};
