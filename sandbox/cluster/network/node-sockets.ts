import { ADDRESSES, PORTS } from './addresses.ts';
import type { WantedSocket } from './sockets/wanted-socket.ts';

const { node, otherNode, nodeLocalDns, metadata, podIdentity, outside } = ADDRESSES;

/** What the node listens on. */
export const NODE_SOCKETS: readonly WantedSocket[] = [
  { protocol: 'tcp', address: node, port: PORTS.api },
  { protocol: 'tcp', address: node, port: PORTS.kubelet },
  { protocol: 'tcp', address: otherNode, port: PORTS.kubelet },
  { protocol: 'tcp', address: metadata, port: PORTS.http },
  { protocol: 'tcp', address: podIdentity, port: PORTS.http },
  { protocol: 'tcp', address: outside, port: PORTS.http },
  { protocol: 'udp', address: nodeLocalDns, port: PORTS.dns },
  { protocol: 'tcp', address: nodeLocalDns, port: PORTS.dns },
];
