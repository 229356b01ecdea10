import { z } from 'zod';
import type { ClusterReader, ResourcePath } from '../../core/cluster.ts';
import { FOOTHOLD_CONTAINER, FOOTHOLD_LABEL, type FootholdRef, footholdName } from '../../core/foothold.ts';
import { ownerReferencesSchema } from '../../core/pod.ts';
import { unlessAbsent } from '../../core/unless-absent.ts';
import { containerState, containerStatusSchema, said } from './container-state.ts';
import type { FootholdSight } from './foothold-sight.ts';
import { whyNoPod } from './why-no-pod.ts';

const conditionsSchema = z
  .array(
    z.looseObject({
      type: z.string(),
      status: z.string(),
      reason: z.string().default(''),
      message: z.string().default(''),
    }),
  )
  .default([]);

/** Source: Kubernetes API batch/v1, Job. */
const jobSchema = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  status: z.looseObject({ conditions: conditionsSchema }).prefault({}),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    deletionTimestamp: z.string().optional(),
    ownerReferences: ownerReferencesSchema,
  }),
  status: z
    .looseObject({
      phase: z.string().default('Unknown'),
      reason: z.string().default(''),
      message: z.string().default(''),
      conditions: conditionsSchema,
      containerStatuses: z.array(containerStatusSchema).default([]),
    })
    .prefault({}),
});
type Pod = z.infer<typeof podSchema>;

/** `FailureTarget` is said before the pods are ended, `Failed` after it (Kubernetes 1.31; `Failed` alone before). */
const ENDS = new Set(['Failed', 'FailureTarget', 'Complete', 'SuccessCriteriaMet']);

/** The Job of a run and its pod. A pod counts by its owner's UID: its labels could be anybody's. */
export const lookAtJob = async (
  cluster: Pick<ClusterReader, 'get' | 'list'>,
  ref: FootholdRef & { readonly kind: 'probe pod' | 'node pod' },
  signal: AbortSignal,
): Promise<FootholdSight> => {
  const { run, namespace } = ref;
  const core = { group: '', version: 'v1', namespace } as const;
  const path: ResourcePath = { group: 'batch', version: 'v1', resource: 'jobs', namespace };
  const read = await unlessAbsent(cluster.get({ ...path, name: footholdName(ref.kind, run) }, signal));
  if (read === undefined) return { kind: 'absent' };
  const { metadata, status } = jobSchema.parse(read);
  if (metadata.labels[FOOTHOLD_LABEL] !== run)
    return { kind: 'failed', why: 'a Job that is not Firebreak’s has its name' };
  const end = status.conditions.find((one) => ENDS.has(one.type) && one.status === 'True');
  if (end !== undefined || metadata.deletionTimestamp !== undefined)
    return { kind: 'failed', why: said('it has ended', end?.reason ?? '', end?.message ?? '') };
  const pods = z
    .array(podSchema)
    .parse(
      await cluster.list(
        { ...core, resource: 'pods' },
        { labelSelector: `${FOOTHOLD_LABEL}=${run}` },
        signal,
      ),
    );
  const pod = pods.find(
    (one) =>
      one.metadata.deletionTimestamp === undefined &&
      one.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid),
  );
  return pod === undefined
    ? await whyNoPod(cluster, { namespace, job: metadata.uid }, signal)
    : lookAtPod(pod, namespace);
};

const lookAtPod = ({ metadata, status }: Pod, namespace: string): FootholdSight => {
  const { phase, reason, message } = status;
  if (phase === 'Failed' && reason !== '') return { kind: 'failed', why: said(reason, message) };
  const unscheduled = status.conditions.find((one) => one.type === 'PodScheduled' && one.status === 'False');
  if (unscheduled !== undefined)
    return { kind: 'starting', why: said(unscheduled.reason, unscheduled.message) };
  const state = containerState(status.containerStatuses.find(({ name }) => name === FOOTHOLD_CONTAINER));
  if (state.kind === 'running')
    return { kind: 'running', foothold: { namespace, pod: metadata.name, container: FOOTHOLD_CONTAINER } };
  return state;
};
