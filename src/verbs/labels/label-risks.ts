import { z } from 'zod';
import type { WantedField } from '../../core/change.ts';
import type { Permission } from '../../core/permission.ts';
import type { PlanContext } from '../../core/verb.ts';
import type { Labels } from './label-selector.ts';
import { nodeRisks } from './node-risks.ts';
import { podRisks } from './pod-risks.ts';
import { replicaSetRisks } from './replicaset-risks.ts';

/** What is read to say whom a change of labels concerns. */
export const LABEL_READS: readonly Permission[] = [
  { verb: 'list', group: '', resource: 'services' },
  { verb: 'list', group: 'networking.k8s.io', resource: 'networkpolicies' },
  { verb: 'list', group: 'policy', resource: 'poddisruptionbudgets' },
  { verb: 'list', group: 'apps', resource: 'deployments' },
  { verb: 'list', group: 'apps', resource: 'replicasets' },
  { verb: 'list', group: 'apps', resource: 'statefulsets' },
  { verb: 'list', group: 'apps', resource: 'daemonsets' },
  { verb: 'list', group: 'batch', resource: 'jobs' },
];

/** The same of a pod's labels: who selects a ReplicaSet is not looked at. */
export const POD_LABEL_READS = LABEL_READS.filter(({ resource }) => resource !== 'deployments');

const labelledSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** The labels once the fields stand; fields that are no labels change nothing. */
const afterwards = (labels: Labels, fields: readonly WantedField[]): Labels => {
  const after = new Map(Object.entries(labels));
  for (const { path, value } of fields) {
    const [root, part, key] = path;
    if (root !== 'metadata' || part !== 'labels' || key === undefined) continue;
    if (value === null) after.delete(key);
    else after.set(key, String(value));
  }
  return Object.fromEntries(after);
};

/** Who selects the target by the labels that would change, and what they do then. Nothing is read where no label changes. */
export const labelRisks = async (
  { cluster, target, object, signal }: Pick<PlanContext, 'cluster' | 'target' | 'object' | 'signal'>,
  fields: readonly WantedField[],
): Promise<readonly string[]> => {
  if (!fields.some(({ path }) => path[0] === 'metadata' && path[1] === 'labels')) return [];
  const before = labelledSchema.parse(object).metadata.labels;
  const relabelled = { before, after: afterwards(before, fields) };
  const { namespace, name } = target;
  switch (target.kind) {
    case 'pod':
      return podRisks(cluster, { object, namespace }, relabelled, signal);
    case 'node':
      return nodeRisks(cluster, { name }, relabelled, signal);
    case 'replicaset':
      return replicaSetRisks(cluster, { object, namespace }, relabelled, signal);
    case 'deployment':
    case 'statefulset':
    case 'daemonset':
      // Kubernetes itself finds these by name alone.
      return [];
  }
};
