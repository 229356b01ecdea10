import { z } from 'zod';
import type { ClusterReader } from '../core/cluster.ts';
import type { Kind } from '../core/kind.ts';
import { containersOf } from '../core/pod.ts';
import type { Target } from '../core/target.ts';
import { findOwners } from './find-owners.ts';
import { readMetadata, readPod } from './read-object.ts';

const nodeSchema = z.looseObject({
  spec: z.looseObject({ unschedulable: z.boolean().default(false) }).default({ unschedulable: false }),
  status: z
    .looseObject({
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

const workloadSchema = z.looseObject({
  spec: z.looseObject({ replicas: z.int().optional() }).default({}),
  status: z
    .looseObject({
      readyReplicas: z.int().default(0),
      numberReady: z.int().optional(),
      desiredNumberScheduled: z.int().optional(),
    })
    .default({ readyReplicas: 0 }),
});

/** A node's or a workload's state in words; nothing where the server sent another shape: it decides nothing. */
const statusOf = (kind: Exclude<Kind, 'pod'>, raw: unknown): string => {
  if (kind === 'node') {
    const node = nodeSchema.safeParse(raw).data;
    if (node === undefined) return '';
    const ready = node.status.conditions.find(({ type }) => type === 'Ready')?.status === 'True';
    return `${ready ? 'Ready' : 'not Ready'}, ${node.spec.unschedulable ? 'cordoned' : 'schedulable'}`;
  }
  const workload = workloadSchema.safeParse(raw).data;
  if (workload === undefined) return '';
  const { readyReplicas, numberReady, desiredNumberScheduled } = workload.status;
  return `${numberReady ?? readyReplicas} of ${desiredNumberScheduled ?? workload.spec.replicas ?? 1} ready`;
};

/** What the plan says of an object that was found: a pod with its owners and containers, anything else with its state. */
export const describeTarget = async (
  reader: ClusterReader,
  kind: Kind,
  raw: unknown,
  signal: AbortSignal,
): Promise<Target> => {
  if (kind === 'pod') {
    const pod = readPod(raw);
    const { namespace, name, uid } = pod.metadata;
    return {
      kind,
      namespace,
      name,
      uid,
      phase: pod.status.phase,
      node: pod.spec.nodeName,
      serviceAccount: pod.spec.serviceAccountName,
      owners: await findOwners(reader, pod, signal),
      containers: containersOf(pod),
    };
  }
  const { namespace, name, uid } = readMetadata(raw, kind);
  return { kind, namespace, name, uid, status: statusOf(kind, raw) };
};
