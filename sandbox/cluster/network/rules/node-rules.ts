import type { KubeObject } from '../../api/kube-object.ts';
import type { NetworkMode } from '../network-mode.ts';
import type { NetworkPod } from '../network-pod.ts';
import { adminNetworkPolicyLines } from './admin-network-policy-lines.ts';
import { networkPolicyLines } from './network-policy-lines.ts';
import type { Direction } from './peer.ts';
import { serviceLines } from './service-lines.ts';

/** All that the rules of the node follow from. */
export interface NetworkState {
  readonly mode: NetworkMode;
  readonly pods: readonly NetworkPod[];
  readonly nodes: readonly KubeObject[];
  readonly policies: readonly KubeObject[];
  readonly adminPolicies: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
}

/** Links to pods are named so, on the node's side. */
export const POD_LINK = 'pod';

const chain = (name: string, lines: readonly string[]) =>
  `  chain ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;

/**
 * The whole table as nft takes it, in one transaction with the removal of the one before. What a pod sends is judged by
 * its egress and by its destination's ingress, after a Service's address was changed to that of an endpoint. What the
 * node sends is judged by nothing: a pod's own node always reaches it.
 */
export function nodeRules(state: NetworkState): string {
  const { mode, pods, services, slices } = state;
  const judged = mode.enforcement === 'none' ? { chains: '', egress: [], ingress: [] } : judge(state);
  const pairs = pods.map(({ ip }) => `${ip} . ${ip}`).join(', ');
  const open =
    mode.connections === 'kept'
      ? 'ct state established,related accept'
      : 'ct state established,related ct direction reply accept';
  return [
    'table ip firebreak\ndelete table ip firebreak\ntable ip firebreak {\n',
    judged.chains,
    chain('services', serviceLines(services, slices, pods)),
    chain('arriving', ['type nat hook prerouting priority dstnat; policy accept;', 'jump services']),
    chain('leaving_node', ['type nat hook output priority -100; policy accept;', 'jump services']),
    chain('to_itself', [
      'type nat hook postrouting priority srcnat; policy accept;',
      ...(pairs === '' ? [] : [`ct status dnat ip saddr . ip daddr { ${pairs} } masquerade`]),
    ]),
    chain('between_pods', [
      'type filter hook forward priority filter; policy accept;',
      ...[open, ...judged.egress, ...judged.ingress],
    ]),
    chain('to_node', [
      'type filter hook input priority filter; policy accept;',
      ...[`iifname != "${POD_LINK}*" accept`, open, ...judged.egress],
    ]),
    '}\n',
  ].join('');
}

function judge({ pods, policies, adminPolicies, nodes }: NetworkState) {
  let chains = '';
  const jumps = (direction: Direction): readonly string[] => {
    const entries = pods.flatMap((pod) => {
      const name = `${direction}_${pod.ip.replaceAll('.', '_')}`;
      const own = networkPolicyLines(direction, pod, policies, pods);
      const admin = adminNetworkPolicyLines(direction, pod, adminPolicies, nodes, pods, `${name}_own`);
      if (own.length === 0 && admin.length === 0) return [];
      chains += chain(`${name}_own`, own) + chain(name, [...admin, `goto ${name}_own`]);
      return [`${pod.ip} : jump ${name}`];
    });
    const side = direction === 'egress' ? 'saddr' : 'daddr';
    return entries.length === 0 ? [] : [`ip ${side} vmap { ${entries.join(', ')} }`];
  };
  const [egress, ingress] = [jumps('egress'), jumps('ingress')];
  return { chains, egress, ingress };
}
