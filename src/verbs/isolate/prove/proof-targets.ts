import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import type { Canary } from '../../../core/foothold.ts';
import type { Permission } from '../../../core/permission.ts';
import { type ProofTarget, type ProofTargets, proofTargetSchema } from '../../../core/proof.ts';
import { inwardTargets, listenerPortFor } from './inward-targets.ts';
import { kubeletOf } from './kubelet-of.ts';
import { findOtherPod, OTHER_POD_READS } from './other-pod.ts';
import { provenPodSchema } from './proven-pod.ts';
import { serviceTargets } from './service-targets.ts';

/** What the proof's targets are read from. Each that is missing takes a try away, and the verdict says so. */
export const PROOF_READS = [
  { verb: 'get', group: '', resource: 'services', place: 'default' },
  { verb: 'list', group: '', resource: 'services', place: 'kube-system' },
  { verb: 'get', group: '', resource: 'nodes' },
  ...OTHER_POD_READS,
] as const satisfies readonly Permission[];

/**
 * Fixed addresses. NodeLocal DNSCache: kubernetes.io, "Using NodeLocal DNSCache". Metadata: EC2, "Use the Instance
 * Metadata Service", which GCE and Azure share for IPv4. The EKS Pod Identity agent: aws/eks-pod-identity-agent.
 */
const FIXED: readonly Omit<ProofTarget, 'direction'>[] = [
  { what: 'node-local DNS', by: 'dns', host: '169.254.20.10', port: 53 },
  { what: 'node-local DNS', by: 'tcp', host: '169.254.20.10', port: 53 },
  { what: 'metadata', by: 'tcp', host: '169.254.169.254', port: 80 },
  { what: 'metadata', by: 'tcp', host: 'fd00:ec2::254', port: 80 },
  { what: 'pod identity', by: 'tcp', host: '169.254.170.23', port: 80 },
];

export interface TargetsWanted {
  /** The pod as the API server sent it. */
  readonly pod: unknown;
  readonly canary?: Canary;
}

/**
 * What a proof tries, found by reads alone, so that it can be approved. No address comes from the pod's sockets or from
 * evidence. What may not be read is `lacking`.
 */
export const proofTargets = async (
  reader: ClusterReader,
  { pod: raw, canary }: TargetsWanted,
  signal: AbortSignal,
): Promise<ProofTargets> => {
  const pod = provenPodSchema.parse(raw);
  const [services, kubelet, other] = await Promise.all([
    serviceTargets(reader, signal),
    kubeletOf(reader, pod, signal),
    findOtherPod(reader, pod, signal),
  ]);
  const found = [services, kubelet, other];
  const outward: readonly Omit<ProofTarget, 'direction'>[] = [
    ...found.flatMap(({ targets }) => targets),
    ...FIXED,
    ...(canary === undefined ? [] : [{ what: 'canary', by: 'tcp', ...canary } as const]),
  ];
  const listenerPort = listenerPortFor(pod);
  return {
    tries: z
      .array(proofTargetSchema)
      .parse([
        ...outward.map((target) => ({ direction: 'outward', ...target })),
        ...inwardTargets(pod, listenerPort),
      ]),
    listenerPort,
    lacking: found.flatMap(({ lacking }) => lacking),
  };
};
