import { z } from 'zod';

interface Spot {
  readonly label: string;
  readonly value: string;
  readonly notice: string;
}

/**
 * By which labels a node shows that its machine may be reclaimed, and how soon. Sources: AWS, "Spot Instance interruption
 * notices"; Google Cloud, "Spot VMs" and "Preemptible VM instances"; Azure, "Use Azure Spot Virtual Machines".
 */
const SPOT: readonly Spot[] = [
  { label: 'eks.amazonaws.com/capacityType', value: 'SPOT', notice: 'two minutes’ notice' },
  {
    label: 'karpenter.sh/capacity-type',
    value: 'spot',
    notice: 'two minutes’ notice on AWS, less elsewhere',
  },
  { label: 'cloud.google.com/gke-spot', value: 'true', notice: '30 seconds’ notice' },
  {
    label: 'cloud.google.com/gke-preemptible',
    value: 'true',
    notice: '30 seconds’ notice, and after 24 hours at the latest',
  },
  { label: 'kubernetes.azure.com/scalesetpriority', value: 'spot', notice: '30 seconds’ notice' },
];

const labelsSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** Whether a node's labels say that its cloud may take the machine back, as a sentence. */
export const spotReclaim = (node: unknown): readonly string[] => {
  const { labels } = labelsSchema.parse(node).metadata;
  const spot = SPOT.find(({ label, value }) => labels[label] === value);
  return spot === undefined
    ? []
    : [
        `By its label ${spot.label}=${spot.value} the node is a Spot machine: its cloud may take it back with ${spot.notice}, and the pod with it.`,
      ];
};
