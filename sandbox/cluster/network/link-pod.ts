import type { HostTools } from '../runtime/host-tools.ts';
import { ADDRESSES } from './addresses.ts';
import type { NetworkTools } from './network-tools.ts';
import type { NodeNamespace } from './node-namespace.ts';
import { BIRTH_RULES } from './rules/birth-rules.ts';
import { POD_LINK } from './rules/node-rules.ts';

/**
 * Gives the namespace of the process `pid` an interface with the address `ip`: a veth pair, routed, one address each,
 * as Calico does. The other end lies in the node's namespace, and both go when the pod's namespace goes.
 */
export async function linkPod(
  node: NodeNamespace,
  tools: NetworkTools & Pick<HostTools, 'nsenter' | 'sh'>,
  pid: number,
  ip: string,
): Promise<void> {
  const link = `${POD_LINK}${ip.split('.').slice(2).join('-')}`;
  const inPod = `${tools.nsenter} -t ${pid} -n --`;
  await node.run(
    [tools.sh, '-s'],
    `set -e
${inPod} ${tools.sh} -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null || true
${tools.ip} -batch - <<END
link add ${link} type veth peer name eth0 netns ${pid}
link set ${link} up
route add ${ip}/32 dev ${link} src ${ADDRESSES.node}
END
${inPod} ${tools.ip} -batch - <<END
link set lo up
addr add ${ip}/32 dev eth0
link set eth0 up
route add ${ADDRESSES.gateway}/32 dev eth0 scope link
route add default via ${ADDRESSES.gateway} dev eth0
END
${inPod} ${tools.nft} -f - <<END
${BIRTH_RULES}END
`,
  );
}
