import { z } from 'zod';
import { fieldOf, type KubeObject } from '../../api/kube-object.ts';
import { matchesSelector } from '../../api/matches-selector.ts';
import type { NetworkPod } from '../network-pod.ts';
import { cidr } from './cidr.ts';
import { matchTraffic } from './match-traffic.ts';
import type { Direction, Peer, Port } from './peer.ts';

const selector = z.looseObject({});
const pods = z.object({ namespaceSelector: selector, podSelector: selector });
const subject = z.object({ namespaces: selector.optional(), pods: pods.optional() });
const peer = z.object({
  namespaces: selector.optional(),
  pods: pods.optional(),
  nodes: selector.optional(),
  networks: z.array(z.string()).optional(),
});
const protocol = z.enum(['TCP', 'UDP', 'SCTP']).default('TCP');
const number = z.int().min(1).max(65_535);
const port = z.object({
  portNumber: z.object({ protocol, port: number }).optional(),
  portRange: z
    .object({ protocol, start: number, end: number })
    .refine(({ start, end }) => start <= end)
    .optional(),
  namedPort: z.string().optional(),
});
const action = z.enum(['Allow', 'Deny', 'Pass']);
const ports = z.array(port).default([]);
const policySchema = z.object({
  priority: z.int().min(0).max(1000),
  subject,
  ingress: z.array(z.object({ action, from: z.array(peer), ports })).default([]),
  egress: z.array(z.object({ action, to: z.array(peer), ports })).default([]),
});

/**
 * What the AdminNetworkPolicies say of one pod and one direction, by priority, the lowest number first: lines of nft
 * that return what is allowed, drop what is denied, and go to `afterwards` with what is passed on. What none of them
 * names falls through. Source: sigs.k8s.io/network-policy-api, apis/v1alpha1.
 */
export function adminNetworkPolicyLines(
  direction: Direction,
  about: NetworkPod,
  policies: readonly KubeObject[],
  nodes: readonly KubeObject[],
  all: readonly NetworkPod[],
  afterwards: string,
): readonly string[] {
  const verdicts = { Allow: 'return', Deny: 'drop', Pass: `goto ${afterwards}` };
  return policies
    .flatMap((policy) => policySchema.safeParse(policy['spec']).data ?? [])
    .filter((spec) => isAbout(spec.subject, about))
    .sort((a, b) => a.priority - b.priority)
    .flatMap((spec) =>
      direction === 'ingress'
        ? spec.ingress.map(({ from, ...rule }) => ({ ...rule, peers: from }))
        : spec.egress.map(({ to, ...rule }) => ({ ...rule, peers: to })),
    )
    .flatMap((rule) =>
      matchTraffic({
        ...{ direction, subject: about, all },
        peers: rule.peers.flatMap((one) => peersOf(one, nodes, all)),
        ports: rule.ports.flatMap(portsOf),
      }).map((match) => `${match} ${verdicts[rule.action]}`.trim()),
    );
}

type Selected = Pick<z.infer<typeof peer>, 'namespaces' | 'pods'>;

const isAbout = (selected: Selected, pod: NetworkPod): boolean =>
  selected.namespaces !== undefined
    ? matchesSelector(pod.namespace, { selector: selected.namespaces })
    : selected.pods !== undefined &&
      matchesSelector(pod.namespace, { selector: selected.pods.namespaceSelector }) &&
      matchesSelector(pod.object, { selector: selected.pods.podSelector });

function peersOf(
  one: z.infer<typeof peer>,
  nodes: readonly KubeObject[],
  all: readonly NetworkPod[],
): readonly Peer[] {
  const blocks =
    one.networks ??
    (one.nodes === undefined
      ? undefined
      : nodes.filter((node) => matchesSelector(node, { selector: one.nodes })).map(addressOf));
  if (blocks === undefined) return [{ kind: 'pods', pods: all.filter((pod) => isAbout(one, pod)) }];
  return blocks.flatMap((text): Peer[] => {
    const block = cidr(text);
    return block === undefined ? [] : [{ kind: 'block', block, except: [] }];
  });
}

const addressOf = (node: KubeObject): string => fieldOf(node, 'status.addresses.0.address');

const PROTOCOLS = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/** A name may be one of any protocol. */
function portsOf({ portNumber, portRange, namedPort }: z.infer<typeof port>): readonly Port[] {
  if (portNumber !== undefined) {
    const { port: at } = portNumber;
    return [{ protocol: PROTOCOLS[portNumber.protocol], at: { kind: 'range', first: at, last: at } }];
  }
  if (portRange !== undefined) {
    const { start, end } = portRange;
    return [{ protocol: PROTOCOLS[portRange.protocol], at: { kind: 'range', first: start, last: end } }];
  }
  if (namedPort === undefined) return [];
  return Object.values(PROTOCOLS).map((base) => ({
    protocol: base,
    at: { kind: 'name', name: namedPort },
  }));
}
