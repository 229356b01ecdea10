import { spawn } from 'node:child_process';
import { childOf } from '../runtime/child-of.ts';
import { coverInherited } from '../runtime/inherited-descriptors.ts';
import type { Machine } from '../runtime/machine.ts';
import { killAndWait } from '../runtime/pod-sandbox.ts';
import { runTool, TOOL_PATH } from '../runtime/run-tool.ts';
import { waitForLine } from '../runtime/wait-for-line.ts';
import { ADDRESSES } from './addresses.ts';
import type { NetworkTools } from './network-tools.ts';
import { BIRTH_RULES } from './rules/birth-rules.ts';
import { PROBE_RULES } from './rules/probe-rules.ts';

/** The network of the node: all its addresses, the near ends of the pods' links, the rules between them. */
export interface NodeNamespace {
  readonly pid: number;
  /** Runs a program of the host in it, with `input` on its stdin. */
  readonly run: (command: readonly string[], input?: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const OWN = [
  ...[ADDRESSES.node, ADDRESSES.otherNode, ADDRESSES.gateway, ADDRESSES.nodeLocalDns],
  ...[ADDRESSES.metadata, ADDRESSES.podIdentity, ADDRESSES.outside],
];

/**
 * All addresses lie on the loopback interface, for some kernels have no dummy ones; Linux answers ARP for each of them
 * on any link, the gateway's among them. A Service without endpoints is refused, since its address is the node's too.
 * The links and rules that it makes and takes away show at once whether this kernel can do them.
 */
const SETUP = `set -e
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter
echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || true
"$1" -batch - <<END
link set lo up
${OWN.map((address) => `addr add ${address}/32 dev lo`).join('\n')}
link add probe0 type veth peer name probe1
link del probe0
route add local ${ADDRESSES.services} dev lo src ${ADDRESSES.node}
END
"$2" -f - <<END
${BIRTH_RULES}${PROBE_RULES}END
echo ready
exec sleep infinity`;

/** Starts the process that holds the node's network namespace. It ends with the machine. */
export async function startNodeNamespace(machine: Machine, tools: NetworkTools): Promise<NodeNamespace> {
  const { nsenter, sh } = machine.tools;
  const enter = ['-t', String(machine.pid), '-p', '-m', '-n', '--'];
  const child = spawn(nsenter, [...enter, sh, '-c', SETUP, 'sh', tools.ip, tools.nft], {
    stdio: coverInherited<'ignore' | 'pipe'>(['ignore', 'pipe', 'pipe']),
    env: { PATH: TOOL_PATH, LC_ALL: 'C' },
  });
  await waitForLine(child, 'ready');
  const pid = childOf(child.pid ?? 0);
  return {
    pid,
    run: (command, input) => runTool(nsenter, ['-t', String(pid), '-n', '--', ...command], input),
    stop: () => killAndWait(child, pid),
  };
}
