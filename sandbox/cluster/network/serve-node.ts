import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { ObjectStore } from '../api/object-store.ts';
import { ADDRESSES, PORTS } from './addresses.ts';
import { findName } from './dns/find-name.ts';
import { serveDns } from './dns/serve-dns.ts';
import type { NodeServices } from './node-services.ts';
import type { BorrowedSockets } from './sockets/borrow-sockets.ts';

const { node, otherNode, nodeLocalDns, metadata, podIdentity, outside } = ADDRESSES;

/** What answers over HTTP on port 80, and what it says at any path. */
const SAYS: Readonly<Record<string, string>> = {
  [metadata]: 'stand-in metadata\n',
  [podIdentity]: 'stand-in pod identity\n',
  [outside]: 'stand-in outside\n',
};

/**
 * Serves the node's own addresses: the API server behind its Service, the kubelet, which wants a certificate that
 * nobody has, the names of NodeLocal DNSCache, the metadata service, the pod identity agent, and a host outside.
 */
export function serveNode(
  sockets: BorrowedSockets,
  store: ObjectStore,
  { acceptApi, kubeletCertificate }: NodeServices,
): void {
  sockets.tcp(node, PORTS.api).on('connection', acceptApi);
  const { certPem: cert, keyPem: key } = kubeletCertificate;
  const kubelet = createHttps({ cert, key }, (_request, response) =>
    response.writeHead(401).end('Unauthorized'),
  );
  for (const address of [node, otherNode])
    sockets
      .tcp(address, PORTS.kubelet)
      .on('connection', (socket: Socket) => void kubelet.emit('connection', socket));
  for (const [address, text] of Object.entries(SAYS)) {
    const http = createHttp((_request, response) => response.end(text));
    sockets
      .tcp(address, PORTS.http)
      .on('connection', (socket: Socket) => void http.emit('connection', socket));
  }
  serveDns(sockets.udp(nodeLocalDns, PORTS.dns), sockets.tcp(nodeLocalDns, PORTS.dns), (name) =>
    findName(store, name),
  );
}
