/**
 * The annotations by which a node is kept from scale-down. Sources: kubernetes/autoscaler, cluster-autoscaler/FAQ.md;
 * kubernetes-sigs/karpenter, pkg/apis/v1/labels.go.
 */
export const HOLDS = [
  {
    autoscaler: 'Cluster Autoscaler',
    annotation: 'cluster-autoscaler.kubernetes.io/scale-down-disabled',
    path: ['metadata', 'annotations', 'cluster-autoscaler.kubernetes.io/scale-down-disabled'],
  },
  {
    autoscaler: 'Karpenter',
    annotation: 'karpenter.sh/do-not-disrupt',
    path: ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'],
  },
] as const;

export const HOLDING = 'true';

export const UNSCHEDULABLE_PATH = ['spec', 'unschedulable'] as const;
