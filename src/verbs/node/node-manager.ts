import { z } from 'zod';

interface Manager {
  readonly label: string;
  /** The value that says so; any value where left out. */
  readonly value?: string;
  readonly name: string;
  /** What it does to a node that is held and cordoned. */
  readonly takes?: string;
}

const KARPENTER_TAKES =
  'Karpenter still takes it when it expires (`expireAfter`) and when it is interrupted: the annotation stops neither.';

/** By which labels a node shows who manages it; the first that fits counts. */
const MANAGERS: readonly Manager[] = [
  {
    label: 'eks.amazonaws.com/compute-type',
    value: 'auto',
    name: 'EKS Auto Mode',
    takes: `${KARPENTER_TAKES} EKS Auto Mode replaces every node after at most 21 days.`,
  },
  { label: 'karpenter.sh/nodepool', name: 'Karpenter', takes: KARPENTER_TAKES },
  { label: 'cloud.google.com/gke-nodepool', name: 'a GKE node pool' },
  { label: 'kubernetes.azure.com/agentpool', name: 'an AKS node pool' },
  { label: 'eks.amazonaws.com/nodegroup', name: 'an EKS node group' },
];

const labelsSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** Who seems to manage a node, as far as its labels say, and what a cordon can't keep them from. */
export const nodeManager = (
  object: unknown,
): { readonly note: string; readonly takes: readonly string[] } => {
  const { labels } = labelsSchema.parse(object).metadata;
  const manager = MANAGERS.find(({ label, value }) =>
    value === undefined ? labels[label] !== undefined : labels[label] === value,
  );
  if (manager === undefined)
    return { note: 'No label of the node says which autoscaler manages it.', takes: [] };
  return {
    note: `By its labels ${manager.name} manages the node (${manager.label}=${labels[manager.label]}).`,
    takes: manager.takes === undefined ? [] : [manager.takes],
  };
};
