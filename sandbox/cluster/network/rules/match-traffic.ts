import { namedPort } from '../named-port.ts';
import type { NetworkPod } from '../network-pod.ts';
import type { Direction, Peer, Port } from './peer.ts';

export interface Traffic {
  readonly direction: Direction;
  /** The pod that the policy is about. */
  readonly subject: NetworkPod;
  readonly peers: readonly Peer[];
  /** Empty: any protocol, any port. */
  readonly ports: readonly Port[];
  /** Every pod, to look a port's name up where anyone may be the destination. */
  readonly all: readonly NetworkPod[];
}

/** The traffic as matches of nft, one for each line that has to be written. None when nothing can match. */
export function matchTraffic(traffic: Traffic): readonly string[] {
  const { direction, peers, ports } = traffic;
  const side = direction === 'ingress' ? 'saddr' : 'daddr';
  return peers.flatMap((peer) => {
    const from = peerMatch(peer, side);
    if (from === undefined) return [];
    if (ports.length === 0) return [from];
    return ports.flatMap((port) =>
      port.at.kind === 'name'
        ? named(traffic, peer, port.protocol, port.at.name)
        : [join(from, portMatch(port.protocol, port.at))],
    );
  });
}

function peerMatch(peer: Peer, side: 'saddr' | 'daddr'): string | undefined {
  switch (peer.kind) {
    case 'anyone':
      return '';
    case 'pods':
      return peer.pods.length === 0
        ? undefined
        : `ip ${side} { ${peer.pods.map(({ ip }) => ip).join(', ')} }`;
    case 'block':
      return join(`ip ${side} ${peer.block}`, ...peer.except.map((one) => `ip ${side} != ${one}`));
  }
}

function portMatch(protocol: Port['protocol'], at: Exclude<Port['at'], { readonly kind: 'name' }>): string {
  if (at.kind === 'all') return `meta l4proto ${protocol}`;
  return `${protocol} dport ${at.first === at.last ? at.first : `${at.first}-${at.last}`}`;
}

/** Each pod has a number of its own for a name. The destination is the subject itself when traffic comes in. */
function named(
  { direction, subject, all }: Traffic,
  peer: Peer,
  protocol: Port['protocol'],
  name: string,
): readonly string[] {
  const number = (pod: NetworkPod) => namedPort(pod.object, name, protocol.toUpperCase());
  if (direction === 'ingress') {
    const port = number(subject);
    const from = peerMatch(peer, 'saddr');
    return port === undefined || from === undefined ? [] : [join(from, `${protocol} dport ${port}`)];
  }
  const pods = peer.kind === 'pods' ? peer.pods : peer.kind === 'anyone' ? all : [];
  return pods.flatMap((pod) => {
    const port = number(pod);
    return port === undefined ? [] : [`ip daddr ${pod.ip} ${protocol} dport ${port}`];
  });
}

const join = (...parts: readonly string[]) => parts.filter((part) => part !== '').join(' ');
