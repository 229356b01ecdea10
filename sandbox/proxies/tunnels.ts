import { connect, type Socket } from 'node:net';
import { ProxyFaults } from './proxy-faults.ts';
import type { ProxyOptions, Tunnel } from './stand-in-proxy.ts';

type Recorded = { -readonly [Key in keyof Tunnel]: Tunnel[Key] };

/** How a protocol tells its client what came of the tunnel. */
export interface TunnelAnswers {
  readonly opened: () => void;
  readonly refused: () => void;
  /** Nothing listens there. */
  readonly unreachable: () => void;
}

/** The tunnels of one proxy: what both protocols do when a client has said where it wants to go. */
export class Tunnels {
  readonly asked: Recorded[] = [];
  readonly faults = new ProxyFaults();
  readonly #routes: Readonly<Record<string, number>>;
  readonly #sockets = new Set<Socket>();

  constructor({ routes = {} }: ProxyOptions) {
    this.#routes = routes;
  }

  /** Every socket of the proxy, so that `close` ends it. */
  keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }

  /** Joins the client with its target on 127.0.0.1. `early` is what the client sent before it was answered. */
  open(
    client: Socket,
    target: string,
    user: string | undefined,
    answers: TunnelAnswers,
    early?: Buffer,
  ): void {
    const tunnel: Recorded = {
      target,
      ...(user === undefined ? {} : { user }),
      outcome: 'asked',
      bytesToServer: 0,
      bytesToClient: 0,
    };
    this.asked.push(tunnel);
    const fault = this.faults.take();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'refuse') {
      tunnel.outcome = 'refused';
      answers.refused();
      return;
    }
    const server = connect(
      this.#routes[target] ?? Number(target.slice(target.lastIndexOf(':') + 1)),
      '127.0.0.1',
    );
    this.keep(server);
    server.once('connect', () => {
      tunnel.outcome = 'opened';
      answers.opened();
      if (early !== undefined && early.length > 0) client.unshift(early);
      client.pipe(server);
      server.pipe(client);
    });
    client.on('data', (bytes: Buffer) => {
      tunnel.bytesToServer += bytes.length;
    });
    client.pause();
    server.on('data', (bytes: Buffer) => {
      tunnel.bytesToClient += bytes.length;
      if (fault?.kind === 'cut' && tunnel.bytesToClient >= fault.afterBytes) client.destroy();
    });
    server.once('error', () => {
      if (tunnel.outcome !== 'asked') return;
      tunnel.outcome = 'refused';
      answers.unreachable();
    });
    client.once('close', () => server.destroy());
    // After an end in order, what is still on its way to the client arrives.
    server.once('close', (failed) => {
      if (failed && tunnel.outcome === 'opened') client.destroy();
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
