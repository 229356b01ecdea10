import { z } from 'zod';
import { ownerReferencesSchema } from '../../core/pod.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';

/** An int32; what is none counts as 0. Source: Kubernetes, pkg/apis/core/helper, GetDeletionCostFromPodAnnotations. */
const costOf = (value: string | undefined): number =>
  value !== undefined && /^-?\d{1,10}$/u.test(value) ? Number(value) : 0;

/** As much of a pod as decides whether its controller deletes it before others. */
export const rankedPodSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: ownerReferencesSchema,
  }),
  spec: z.looseObject({ nodeName: z.string().default('') }),
  status: z
    .looseObject({
      phase: z.string().default(''),
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            status: z.string(),
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .default([]),
      containerStatuses: z.array(z.looseObject({ restartCount: z.int().default(0) })).default([]),
    })
    .prefault({}),
});
export type RankedPod = z.infer<typeof rankedPodSchema>;

/** One that counts as a replica. Source: Kubernetes, pkg/controller/controller_utils.go, IsPodActive. */
export const isActive = ({ metadata, status }: RankedPod): boolean =>
  metadata.deletionTimestamp === undefined && status.phase !== 'Succeeded' && status.phase !== 'Failed';

export const controllerUid = ({ metadata }: RankedPod): string | undefined =>
  metadata.ownerReferences.find(({ controller }) => controller)?.uid;

const readiness = ({ status }: RankedPod) => status.conditions.find(({ type }) => type === 'Ready');
const isReady = (pod: RankedPod): boolean => readiness(pod)?.status === 'True';
const timeOf = (text: string | null | undefined): number => Date.parse(text ?? '') || 0;

/** Below zero when `a` is deleted before `b`. */
type Compare = (a: RankedPod, b: RankedPod) => number;

const by =
  (rank: (pod: RankedPod) => number): Compare =>
  (a, b) =>
    rank(a) - rank(b);

const NS_PER_MS = 1e6;
/** Ages count by their power of two, so that pods of about one age differ by their UID alone. */
const magnitude = (sinceMs: number, nowMs: number): number =>
  nowMs <= sinceMs ? -1 : Math.trunc(Math.log2((nowMs - sinceMs) * NS_PER_MS));

const younger =
  (since: (pod: RankedPod) => number, nowMs: number): Compare =>
  (a, b) => {
    const [ofA, ofB] = [since(a), since(b)];
    if (ofA === ofB) return 0;
    if (ofA === 0 || ofB === 0) return ofA === 0 ? -1 : 1;
    return magnitude(ofA, nowMs) - magnitude(ofB, nowMs) || (a.metadata.uid < b.metadata.uid ? -1 : 1);
  };

const created = ({ metadata }: RankedPod): number => timeOf(metadata.creationTimestamp);
const readySince = (pod: RankedPod): number => timeOf(readiness(pod)?.lastTransitionTime);
const restarts = ({ status }: RankedPod): number =>
  Math.max(0, ...status.containerStatuses.map(({ restartCount }) => restartCount));
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1 };

const FIRST: readonly Compare[] = [
  by(({ spec }) => Number(spec.nodeName !== '')),
  by(({ status }) => PHASES[status.phase] ?? 2),
  by((pod) => Number(isReady(pod))),
];

const LAST = (nowMs: number): readonly Compare[] => [
  (a, b) => (isReady(a) && isReady(b) ? younger(readySince, nowMs)(a, b) : 0),
  (a, b) => restarts(b) - restarts(a),
  younger(created, nowMs),
];

const sorted = (pods: readonly RankedPod[], steps: readonly Compare[]): readonly RankedPod[] =>
  pods.toSorted((a, b) => steps.reduce((found, step) => (found === 0 ? step(a, b) : found), 0));

/**
 * In the order in which a ReplicaSet deletes those that are too many. `related` are the pods of all ReplicaSets of the same
 * owner: the more of them on a node, the sooner one there goes.
 * Source: Kubernetes, pkg/controller/controller_utils.go, ActivePodsWithRanks.
 */
export const inReplicaSetOrder = (
  pods: readonly RankedPod[],
  related: readonly RankedPod[],
  nowMs: number,
): readonly RankedPod[] => {
  const crowd = ({ spec }: RankedPod): number =>
    related.filter((one) => one.spec.nodeName === spec.nodeName).length;
  return sorted(pods, [
    ...FIRST,
    by(({ metadata }) => costOf(metadata.annotations[COST])),
    (a, b) => crowd(b) - crowd(a),
    ...LAST(nowMs),
  ]);
};

/** The same of a Job, which heeds no deletion cost. Source: Kubernetes, controller_utils.go, ActivePods. */
export const inJobOrder = (pods: readonly RankedPod[], nowMs: number): readonly RankedPod[] =>
  sorted(pods, [...FIRST, ...LAST(nowMs)]);

/** The youngest first; the oldest stays, Ready or not. Source: Kubernetes, pkg/controller/daemon, podsShouldBeOnNode. */
export const inDaemonSetOrder = (pods: readonly RankedPod[]): readonly RankedPod[] =>
  sorted(pods, [(a, b) => created(b) - created(a), (a, b) => (a.metadata.name > b.metadata.name ? -1 : 1)]);
