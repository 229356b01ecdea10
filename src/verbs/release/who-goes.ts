import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { listed } from '../changes/change-words.ts';
import { type Labels, selectorMatches } from '../labels/label-selector.ts';
import { listAllowed } from '../list-allowed.ts';
import {
  controllerUid,
  inDaemonSetOrder,
  inJobOrder,
  inReplicaSetOrder,
  isActive,
  type RankedPod,
  rankedPodSchema,
} from './deletion-order.ts';
import { type TakingController, takingControllers } from './taking-controllers.ts';

/** The pod as it is when its controller finds it again. */
export interface ReturnedPod {
  /** As the API server sent it: Ready, and without the labels that are put back. */
  readonly object: unknown;
  /** What it has once they are. */
  readonly labels: Labels;
  /** As it is written before them. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * What a controller does when the pod is its own again, whole sentences: which pods it deletes as things stand.
 * Sources: Kubernetes 1.36 as recorded, and its pkg/controller.
 */
export const whoGoes = async (
  cluster: Pick<ClusterReader, 'list'>,
  { object, labels, annotations }: ReturnedPod,
  nowMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const pod = rankedPodSchema.parse(object);
  const returned: RankedPod = {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...labels },
      annotations: { ...pod.metadata.annotations, ...annotations },
    },
  };
  const { namespace } = placeSchema.parse(object).metadata;
  const { found, unread } = await takingControllers(
    cluster,
    { namespace, name: pod.metadata.name, labels },
    signal,
  );
  const path = { group: '', resource: 'pods', namespace };
  const read = found.length === 0 ? [] : await listAllowed(cluster, path, {}, signal);
  const others =
    read === 'not allowed'
      ? read
      : z
          .array(rankedPodSchema)
          .parse(read)
          .filter((one) => one.metadata.uid !== returned.metadata.uid);
  return [
    ...found.map((taker) => sentence(taker, returned, others, nowMs)),
    ...(unread.length === 0
      ? []
      : [
          `Whether a ${listed(unread)} takes it when it has the labels again, and deletes it, is not known: they may not be listed.`,
        ]),
    ...(found.length === 0 && unread.length === 0
      ? ['No controller selects it by these labels: nothing adopts it, and nothing is deleted for it.']
      : []),
  ];
};

const placeSchema = z.looseObject({ metadata: z.looseObject({ namespace: z.string() }) });

const sentence = (
  taker: TakingController,
  returned: RankedPod,
  others: readonly RankedPod[] | 'not allowed',
  nowMs: number,
): string => {
  const name = `${taker.kind}/${taker.name}`;
  if (taker.kind === 'StatefulSet') return `${name} adopts it again, and deletes no pod.`;
  if (others === 'not allowed')
    return `${name} adopts it again and may then have a pod too many, which it deletes: this one or another, which could not be looked at.`;
  const going = surplus(taker, returned, others.filter(isActive), nowMs);
  if (going.length === 0) return `${name} adopts it again, and deletes no pod for it as things stand now.`;
  const tooMany = going.length === 1 ? 'one pod too many' : `${going.length} pods too many`;
  const names = going.map(({ metadata }) =>
    metadata.uid === returned.metadata.uid ? `THIS ONE, pod/${metadata.name}` : `pod/${metadata.name}`,
  );
  return `${name} then has ${tooMany}, and deletes ${listed(names)} as things stand now.`;
};

/** The pods that a controller has too many of once it has the returned one, in the order in which it deletes them. */
const surplus = (
  { kind, uid, selector, wanted = 1, related }: TakingController,
  returned: RankedPod,
  others: readonly RankedPod[],
  nowMs: number,
): readonly RankedPod[] => {
  const isItsOwn = (one: RankedPod): boolean => {
    const owner = controllerUid(one);
    return selectorMatches(selector, one.metadata.labels) && (owner === undefined || owner === uid);
  };
  const its = [returned, ...others.filter(isItsOwn)];
  const most = (pods: readonly RankedPod[]): readonly RankedPod[] =>
    pods.slice(0, Math.max(0, pods.length - wanted));
  switch (kind) {
    case 'DaemonSet':
      return most(inDaemonSetOrder(its.filter(({ spec }) => spec.nodeName === returned.spec.nodeName)));
    case 'Job':
      return most(inJobOrder(its, nowMs));
    case 'ReplicaSet': {
      const all = [returned, ...others.filter((one) => related.has(controllerUid(one) ?? ''))];
      return most(inReplicaSetOrder(its, all, nowMs));
    }
    case 'StatefulSet':
      return [];
  }
};
