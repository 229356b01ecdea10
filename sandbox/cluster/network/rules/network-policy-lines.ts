import { z } from 'zod';
import type { KubeObject } from '../../api/kube-object.ts';
import { matchesSelector } from '../../api/matches-selector.ts';
import type { NetworkPod } from '../network-pod.ts';
import { cidr } from './cidr.ts';
import { matchTraffic } from './match-traffic.ts';
import type { Direction, Peer, Port } from './peer.ts';

const selector = z.looseObject({});
const peer = z.object({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const port = z.object({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  port: z.union([z.int().min(1).max(65_535), z.string()]).optional(),
  endPort: z.int().max(65_535).optional(),
});
const ports = z.array(port).default([]);
const peers = z.array(peer).default([]);
const policySchema = z.object({
  podSelector: selector.default({}),
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])).default([]),
  ingress: z.array(z.object({ from: peers, ports })).default([]),
  egress: z.array(z.object({ to: peers, ports })).default([]),
});
type Spec = z.infer<typeof policySchema>;

/**
 * What the NetworkPolicies say of one pod and one direction, as lines of nft that return what they allow and drop the
 * rest; no lines when none of them selects the pod. They add up: what one allows, no other takes away.
 * Source: k8s.io/api, networking/v1, types.go.
 */
export function networkPolicyLines(
  direction: Direction,
  subject: NetworkPod,
  policies: readonly KubeObject[],
  all: readonly NetworkPod[],
): readonly string[] {
  const namespace = subject.object.metadata.namespace;
  const specs = policies
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap((policy) => policySchema.safeParse(policy['spec']).data ?? [])
    .filter((spec) => matchesSelector(subject.object, { selector: spec.podSelector }))
    .filter((spec) => typesOf(spec).includes(direction === 'ingress' ? 'Ingress' : 'Egress'));
  if (specs.length === 0) return [];
  const rules = specs.flatMap((spec) =>
    direction === 'ingress'
      ? spec.ingress.map((rule) => ({ peers: rule.from, ports: rule.ports }))
      : spec.egress.map((rule) => ({ peers: rule.to, ports: rule.ports })),
  );
  const allowed = rules.flatMap((rule) =>
    matchTraffic({
      ...{ direction, subject, all },
      peers:
        rule.peers.length === 0
          ? [{ kind: 'anyone' }]
          : rule.peers.flatMap((one) => peerOf(one, namespace, all)),
      ports: rule.ports.map(portOf),
    }),
  );
  return [...allowed.map((match) => `${match} return`.trim()), 'drop'];
}

/** Ingress is always among the defaults, egress when there is a rule for it. */
const typesOf = ({ policyTypes, egress }: Spec): readonly string[] =>
  policyTypes.length > 0 ? policyTypes : egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];

function peerOf(
  { podSelector, namespaceSelector, ipBlock }: z.infer<typeof peer>,
  namespace: string | undefined,
  all: readonly NetworkPod[],
): readonly Peer[] {
  if (ipBlock !== undefined) {
    const block = cidr(ipBlock.cidr);
    return block === undefined
      ? []
      : [{ kind: 'block', block, except: ipBlock.except.flatMap((one) => cidr(one) ?? []) }];
  }
  const pods = all.filter(
    (pod) =>
      (namespaceSelector === undefined
        ? pod.object.metadata.namespace === namespace
        : matchesSelector(pod.namespace, { selector: namespaceSelector })) &&
      (podSelector === undefined || matchesSelector(pod.object, { selector: podSelector })),
  );
  return [{ kind: 'pods', pods }];
}

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

function portOf({ protocol, port: wanted, endPort }: z.infer<typeof port>): Port {
  const base = PROTOCOLS[protocol];
  if (wanted === undefined) return { protocol: base, at: { kind: 'all' } };
  if (typeof wanted === 'string') return { protocol: base, at: { kind: 'name', name: wanted } };
  return { protocol: base, at: { kind: 'range', first: wanted, last: Math.max(wanted, endPort ?? wanted) } };
}
