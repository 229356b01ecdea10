import { z } from 'zod';
import { listed } from '../changes/change-words.ts';
import { nodeManager } from '../node/node-manager.ts';
import { spotReclaim } from './spot.ts';

const containerSchema = z.looseObject({ name: z.string(), livenessProbe: z.unknown().optional() });
const podSchema = z.looseObject({
  metadata: z.looseObject({
    namespace: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({
    containers: z.array(containerSchema).default([]),
    initContainers: z.array(containerSchema).default([]),
    restartPolicy: z.string().default('Always'),
    priority: z.int().default(0),
    priorityClassName: z.string().default(''),
  }),
  status: z
    .looseObject({ phase: z.string().default(''), qosClass: z.string().default('') })
    .default({ phase: '', qosClass: '' }),
});

export interface Holding {
  readonly pod: unknown;
  /** Undefined where it was not read. */
  readonly node: unknown;
  /** From the pod upwards. */
  readonly owners: readonly string[];
  readonly policy: 'denies deletion' | 'does not';
}

/** `Its priority is 0`: who may push it aside, and what the policy changes in that. */
const preemption = (
  { priority, priorityClassName }: z.infer<typeof podSchema>['spec'],
  policy: Holding['policy'],
): string => {
  const its = `its priority is ${priority}${priorityClassName === '' ? '' : ` (${priorityClassName})`}`;
  return policy === 'denies deletion'
    ? `Pods of higher priority: ${its}. The policy denies the scheduler's deletion, but not kubelet's own, which makes room for a critical pod.`
    : `Pods of higher priority may preempt it; ${its}. The scheduler disregards a budget where it finds no other way.`;
};

/** On the API object of a pod that kubelet runs from a file. Source: Kubernetes, "Create static Pods". */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** Source: Kubernetes, pkg/registry/core/pod/storage/eviction.go, canIgnorePDB. */
const UNCOUNTED = ['Pending', 'Succeeded', 'Failed'];

/** What can still take this pod, its containers or its node, each as a sentence. What is known of it here comes first. */
export const notStopped = ({ pod, node, owners, policy }: Holding): readonly string[] => {
  const { metadata, spec, status } = podSchema.parse(pod);
  const probed = [...spec.initContainers, ...spec.containers]
    .filter(({ livenessProbe }) => livenessProbe !== undefined && livenessProbe !== null)
    .map(({ name }) => name);
  const [owner] = owners;
  return [
    ...(metadata.annotations[MIRROR_ANNOTATION] === undefined
      ? []
      : [
          'Kubelet runs it from a file on its node: who removes that file ends it, and what is held here is its image in the API alone.',
        ]),
    ...(UNCOUNTED.includes(status.phase)
      ? [
          `It is ${status.phase}: no budget counts such a pod${policy === 'denies deletion' ? ', only the policy stops its eviction' : ', and its eviction is not stopped'}.`,
        ]
      : []),
    ...(node === undefined
      ? []
      : [...spotReclaim(node), ...nodeManager(node).takes.map((takes) => `Of its node: ${takes}`)]),
    ...(owner === undefined
      ? []
      : [
          policy === 'denies deletion'
            ? `${owner} deletes pods directly when it scales down or rolls out: only the policy stops that.`
            : `${owner} deletes pods directly when it scales down or rolls out: nothing stops that.`,
        ]),
    ...(policy === 'denies deletion'
      ? [
          `The policy knows an eviction by the pod's name alone: a later pod of this name can't be evicted until the hold ends. Deleting the namespace ${metadata.namespace} waits for that too.`,
        ]
      : ['Anyone who may delete pods can delete it: a budget stops evictions alone.']),
    preemption(spec, policy),
    `Kubelet restarts containers that end${probed.length === 0 ? '' : `, or whose liveness probe fails (${listed(probed)})`}, by restartPolicy ${spec.restartPolicy}: what was in them is lost though the pod stays.`,
    `Kubelet evicts it under pressure of memory or disk${status.qosClass === '' ? '' : `; its QoS class is ${status.qosClass}`}.`,
    `It stops neither Spot reclaim, repair and upgrade of nodes and Karpenter's expireAfter, nor who takes the label or the budget away.`,
  ];
};
