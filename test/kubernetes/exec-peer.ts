import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ApiServer, startApiServer } from '../contracts/cloud-api-server.ts';
import { createTestAuthority } from '../contracts/cloud-certificates.ts';

/** The other side of an exec, as raw as a test wants it. */
export interface ExecPeer {
  readonly api: ApiServer;
  readonly caPem: string;
  /** Every upgrade request, in order. */
  readonly upgrades: readonly IncomingMessage[];
  close(): Promise<void>;
}

export interface ExecBehaviour {
  /** Answers instead of upgrading when it returns true. */
  readonly refuse?: (request: IncomingMessage, socket: Duplex) => boolean;
  readonly subprotocol?: string;
  /** A server that is busy answers no ping. */
  readonly pongs?: 'answers pings' | 'answers no ping';
  readonly opened?: (socket: WebSocket) => void;
  readonly rest?: RequestListener;
}

export const startExecPeer = async (behaviour: ExecBehaviour): Promise<ExecPeer> => {
  const authority = createTestAuthority('exec-peer');
  const api = await startApiServer(
    authority.issue(['127.0.0.1']),
    behaviour.rest ?? ((_request, response) => response.writeHead(404).end()),
  );
  const wanted = behaviour.subprotocol ?? 'v5.channel.k8s.io';
  const sockets = new WebSocketServer({
    noServer: true,
    autoPong: behaviour.pongs !== 'answers no ping',
    perMessageDeflate: true,
    handleProtocols: (offered) =>
      offered.has(wanted) || behaviour.subprotocol !== undefined ? wanted : false,
  });
  const upgrades: IncomingMessage[] = [];
  api.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrades.push(request);
    if (behaviour.refuse?.(request, socket) === true) return;
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => undefined);
      behaviour.opened?.(opened);
    });
  });
  return {
    api,
    caPem: authority.caPem,
    upgrades,
    close: async () => {
      sockets.close();
      await api.close();
    },
  };
};

/** A message of the exec protocol: its channel, then its bytes. */
export const message = (channel: number, payload: Uint8Array | string = ''): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(payload)]);

export const SUCCESS = message(3, '{"metadata":{},"status":"Success"}');
