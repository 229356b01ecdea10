/** Where things are in the stand-in's network. Pods are 10.244.0.10 and on. */
export const ADDRESSES = {
  node: '10.88.0.1',
  /** The second node of the default world. All pods run on one machine, which has both addresses. */
  otherNode: '10.88.0.2',
  /** What a pod takes for its gateway. Source: Calico, "Why does my container have a route to 169.254.1.1?". */
  gateway: '169.254.1.1',
  services: '10.96.0.0/16',
  apiService: '10.96.0.1',
  dnsService: '10.96.0.10',
  /** NodeLocal DNSCache's usual address. Source: kubernetes.io, "Using NodeLocal DNSCache". */
  nodeLocalDns: '169.254.20.10',
  metadata: '169.254.169.254',
  /** The EKS Pod Identity agent. Source: aws/eks-pod-identity-agent. */
  podIdentity: '169.254.170.23',
  /** A host that is neither pod nor node. Source: RFC 5737, TEST-NET-3. */
  outside: '203.0.113.80',
} as const;

export const PORTS = { api: 6443, kubelet: 10250, dns: 53, http: 80 } as const;
