import type { OpenSocket, ProofSockets } from '../../../core/proof.ts';
import { type Connection, leavesPod, openSocket } from './open-sockets.ts';
import { probePortsOf } from './probe-ports.ts';
import { addressesOf, nodeAddressesOf, type ProvenPod } from './proven-pod.ts';
import type { SocketsSeen } from './read-sockets.ts';

/** As many as a person would look at; the bundle has the whole table. */
const SHOWN = 100;

/** Of the connections of a pod those that count: they leave it, and are not Firebreak's own listener's. */
export const countedConnections = (
  connections: readonly Connection[],
  pod: ProvenPod,
  listenerPort: number,
): readonly Connection[] => {
  const own = addressesOf(pod);
  return connections.filter((one) => leavesPod(one, own) && one.local.port !== listenerPort);
};

const nameOf = ({ protocol, local, remote }: OpenSocket): string => `${protocol} ${local} ${remote}`;

export interface SocketsInput {
  readonly seen: SocketsSeen;
  readonly pod: ProvenPod;
  readonly listenerPort: number;
  /** What was open before the deny; undefined when that is not known. */
  readonly openBefore: readonly OpenSocket[] | undefined;
}

/** Counts what is open, apart from what the pod's own node asks at its probe ports, which every deny lets through. */
export const judgeSockets = ({ seen, pod, listenerPort, openBefore }: SocketsInput): ProofSockets => {
  if (seen.kind === 'not seen') return { state: 'not read', why: seen.why };
  const [ports, node] = [probePortsOf(pod), nodeAddressesOf(pod)];
  const isProbe = ({ protocol, local, remote }: Connection): boolean =>
    protocol === 'tcp' && ports.includes(local.port) && node.includes(remote.address);
  const counted = countedConnections(seen.connections, pod, listenerPort);
  const open = counted.filter((one) => !isProbe(one)).map(openSocket);
  const before = new Set((openBefore ?? []).map(nameOf));
  const stillOpen = open.filter((one) => before.has(nameOf(one))).length;
  return {
    state: 'read',
    stillOpen,
    newlyOpen: open.length - stillOpen,
    excepted: counted.length - open.length,
    open: open.slice(0, SHOWN),
  };
};
