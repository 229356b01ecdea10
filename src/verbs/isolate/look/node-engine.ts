import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import type { Permission } from '../../../core/permission.ts';

const nodeSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

export const NODE_READ: Permission = { verb: 'get', group: '', resource: 'nodes' };

/**
 * Nodes on which the DaemonSets of a cluster say nothing of what enforces policy. Sources: EKS User Guide, Use network
 * policies with EKS Auto Mode, and Limit pod traffic with Kubernetes network policies, Considerations; AKS, Virtual nodes,
 * Limitations.
 */
const APART = [
  {
    label: 'eks.amazonaws.com/compute-type',
    value: 'auto',
    sentence:
      'Its node is of EKS Auto Mode, whose own engine no DaemonSet shows: it enforces policies where the ConfigMap kube-system/amazon-vpc-cni and the NodeClass switch that on.',
  },
  {
    label: 'eks.amazonaws.com/compute-type',
    value: 'fargate',
    sentence: 'Its node is of Fargate, where EKS enforces no network policies.',
  },
  {
    label: 'type',
    value: 'virtual-kubelet',
    sentence:
      'Its node is a virtual one, where no DaemonSet runs, and with it none of the engines looked for.',
  },
] as const;

/** What is different on the pod's own node, in words. A node that may not be read says nothing. */
export const nodeEngineSentences = async (
  cluster: Pick<ClusterReader, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  if (name === '') return [];
  try {
    const node = await cluster.get({ group: '', version: 'v1', resource: 'nodes', name }, signal);
    const { labels } = nodeSchema.parse(node).metadata;
    return APART.filter(({ label, value }) => labels[label] === value).map(({ sentence }) => sentence);
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    if (thrown.code !== 'not-allowed' && thrown.code !== 'not-found') throw thrown;
    return [];
  }
};
