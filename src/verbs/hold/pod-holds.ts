/**
 * The annotations by which a pod is kept from being moved. Sources: kubernetes/autoscaler, cluster-autoscaler/FAQ.md;
 * kubernetes-sigs/karpenter, pkg/apis/v1/labels.go.
 */
export const POD_HOLDS = [
  {
    autoscaler: 'Cluster Autoscaler',
    annotation: 'cluster-autoscaler.kubernetes.io/safe-to-evict',
    path: ['metadata', 'annotations', 'cluster-autoscaler.kubernetes.io/safe-to-evict'],
    holding: 'false',
  },
  {
    autoscaler: 'Karpenter',
    annotation: 'karpenter.sh/do-not-disrupt',
    path: ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'],
    holding: 'true',
  },
] as const;
