import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import type { Pod } from '../../core/pod.ts';
import type { ControllerLook } from '../isolate/look/controller.ts';
import { selectorMatches } from '../labels/label-selector.ts';
import { listAllowed } from '../list-allowed.ts';
import { isReady } from './readiness.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';

const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({ nodeName: z.string().default('') }),
  status: z.looseObject({ phase: z.string().default('') }).default({ phase: '' }),
});
type Other = z.infer<typeof podSchema> & { readonly ready: boolean };

/** Source: Kubernetes, pkg/controller/controller_utils.go, ActivePodsWithRanks. */
const RANKS: readonly ((pod: Other) => number)[] = [
  ({ spec }) => (spec.nodeName === '' ? 0 : 1),
  ({ status }) => ({ Pending: 0, Unknown: 1 })[status.phase] ?? 2,
  ({ ready }) => (ready ? 1 : 0),
  ({ metadata }) => Number(metadata.annotations[COST] ?? 0),
];

const firstToGo = (one: Other, other: Other): number => {
  for (const rank of RANKS) if (rank(one) !== rank(other)) return rank(one) - rank(other);
  return one.metadata.creationTimestamp < other.metadata.creationTimestamp ? 1 : -1;
};

/**
 * What its controller does when the pod is its own again, a whole sentence: which pod it deletes. The pod itself is Ready
 * and carries the highest deletion cost by then.
 * Sources: Kubernetes 1.36 as recorded; pkg/controller/daemon, podsShouldBeOnNode.
 */
export const whoGoes = async (
  cluster: Pick<ClusterReader, 'list'>,
  pod: Pod,
  look: ControllerLook,
  signal: AbortSignal,
): Promise<string> => {
  if (look.kind !== 'known')
    return 'What its controller does when it has the pod again is not known here: it may delete it.';
  const { kind, name, selector } = look.controller;
  const { namespace, uid } = pod.metadata;
  if (kind === 'StatefulSet') return `StatefulSet/${name} adopts it again, and deletes no pod.`;
  const path = { group: '', resource: 'pods', namespace };
  const listed = selector === undefined ? 'not allowed' : await listAllowed(cluster, path, {}, signal);
  if (listed === 'not allowed' || selector === undefined)
    return `${kind}/${name} then has one pod too many and deletes one; which one could not be looked at.`;
  const others = listed
    .map((raw): Other => ({ ...podSchema.parse(raw), ready: isReady(raw) }))
    .filter(
      ({ metadata }) =>
        metadata.uid !== uid &&
        metadata.deletionTimestamp === undefined &&
        selectorMatches(selector, metadata.labels),
    );
  const there =
    kind === 'DaemonSet' ? others.filter(({ spec }) => spec.nodeName === pod.spec.nodeName) : others;
  const [first] = there.sort(firstToGo);
  if (first === undefined) return `${kind}/${name} has no other pod here, and deletes none for this one.`;
  return `${kind}/${name} then has one pod too many, and deletes pod/${first.metadata.name} as things stand now.`;
};
