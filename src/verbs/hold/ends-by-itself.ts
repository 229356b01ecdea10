import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { ownerReferencesSchema } from '../../core/pod.ts';

const podSchema = z.looseObject({
  metadata: z.looseObject({ namespace: z.string(), ownerReferences: ownerReferencesSchema }),
  spec: z.looseObject({ activeDeadlineSeconds: z.int().optional() }),
  status: z.looseObject({ startTime: z.string().optional() }).default({}),
});
const jobSchema = z.looseObject({
  spec: z.looseObject({
    activeDeadlineSeconds: z.int().optional(),
    ttlSecondsAfterFinished: z.int().optional(),
  }),
});

/** `, at 2026-11-21T10:00:00Z`; nothing for a pod that has not started. */
const endAt = (startTime: string | undefined, seconds: number): string => {
  const startedMs = Date.parse(startTime ?? '');
  return Number.isNaN(startedMs)
    ? ' after its start'
    : `, at ${new Date(startedMs + seconds * 1000).toISOString().replace('.000Z', 'Z')}`;
};

const readJob = async (
  cluster: Pick<ClusterReader, 'get'>,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<z.infer<typeof jobSchema>['spec'] | 'not read'> => {
  try {
    const path = { group: 'batch', version: 'v1', resource: 'jobs', namespace, name };
    return jobSchema.parse(await cluster.get(path, signal)).spec;
  } catch (thrown) {
    if (thrown instanceof FirebreakError && (thrown.code === 'not-found' || thrown.code === 'not-allowed'))
      return 'not read';
    throw thrown;
  }
};

/**
 * By what the pod itself, or the Job above it, has an end that nothing here moves. `policy`: whether deletions are denied.
 * Source: Kubernetes API v1, PodSpec.activeDeadlineSeconds; batch/v1, JobSpec.
 */
export const endsByItself = async (
  cluster: Pick<ClusterReader, 'get'>,
  object: unknown,
  policy: 'denies deletion' | 'does not',
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { metadata, spec, status } = podSchema.parse(object);
  const own = spec.activeDeadlineSeconds;
  const deadline =
    own === undefined
      ? []
      : [
          `Its activeDeadlineSeconds is ${own}: kubelet ends its containers${endAt(status.startTime, own)}, whatever holds it.`,
        ];
  const owner = metadata.ownerReferences.find(({ kind, controller }) => controller && kind === 'Job');
  if (owner === undefined) return deadline;
  const name = `Job/${owner.name}`;
  const job = await readJob(cluster, metadata.namespace, owner.name, signal);
  if (job === 'not read')
    return [...deadline, `${name} could not be read: whether it ends the pod or is removed after its end.`];
  const { activeDeadlineSeconds, ttlSecondsAfterFinished } = job;
  const pod = policy === 'denies deletion' ? 'deletes it unless the policy denies that' : 'deletes it';
  return [
    ...deadline,
    ...(activeDeadlineSeconds === undefined
      ? []
      : [`${name} has activeDeadlineSeconds ${activeDeadlineSeconds}: then it ${pod}.`]),
    ...(ttlSecondsAfterFinished === undefined
      ? []
      : [
          `${name} has ttlSecondsAfterFinished ${ttlSecondsAfterFinished}: so long after its end the Job is removed, and what collects garbage ${pod}.`,
        ]),
  ];
};
