import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { SlackClock } from './clock.ts';
import { ACK_DEADLINE_MS, type Delivery, type Dispatcher, type EnvelopeType } from './delivery.ts';
import type { WhichConnections } from './faults.ts';
import { isJsonObject, type JsonObject, parseJson, stringAt } from './json.ts';
import { APP_ID } from './workspace-seed.ts';

/** An app holds at most ten connections (docs.slack.dev, "Using Socket Mode"). */
const MAX_CONNECTIONS = 10;
const PING_INTERVAL_MS = 10_000;
/** How long Slack says that a connection will live, in seconds. */
const APPROXIMATE_LIFETIME_SECONDS = 18_060;
const LINK_PATH = '/link/';

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

/** Socket Mode's WebSocket end. Every payload goes to one connection, and is acknowledged on the same one. */
export class SocketMode implements Dispatcher {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #clock: SlackClock;
  readonly #tickets = new Set<string>();
  readonly #sockets: WebSocket[] = [];
  readonly #acks = new Map<
    string,
    { readonly socket: WebSocket; readonly done: (ack: JsonObject) => void }
  >();
  readonly #watchers = new Set<() => void>();
  readonly #heartbeat: NodeJS.Timeout;
  #turn = 0;

  constructor(clock: SlackClock) {
    this.#clock = clock;
    this.#heartbeat = setInterval(() => {
      for (const socket of this.#sockets) socket.ping();
    }, PING_INTERVAL_MS);
    this.#heartbeat.unref();
  }

  /** How many connections have had their hello and are open. */
  get connections(): number {
    return this.#sockets.length;
  }

  /** Calls `watcher` after a connection came or went. */
  watch(watcher: () => void): Disposable {
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => this.#watchers.delete(watcher) };
  }

  /** A new single-use path for a connection. */
  openPath(): string {
    const ticket = randomBytes(16).toString('hex');
    this.#tickets.add(ticket);
    return `${LINK_PATH}?ticket=${ticket}&app_id=${APP_ID}`;
  }

  /** Accepts an upgrade with a ticket that was not used before. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname !== LINK_PATH || !this.#tickets.delete(url.searchParams.get('ticket') ?? '')) {
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (connection) => this.#welcome(connection));
  }

  async deliver(type: EnvelopeType, payload: JsonObject): Promise<Delivery> {
    const socket = this.#sockets[this.#turn % Math.max(1, this.#sockets.length)];
    if (socket === undefined) return { outcome: 'dispatch_failed', reason: 'no Socket Mode connection' };
    this.#turn += 1;
    const envelopeId = randomUUID();
    return new Promise<Delivery>((resolve) => {
      const alarm = this.#clock.after(ACK_DEADLINE_MS, () => {
        this.#acks.delete(envelopeId);
        resolve({ outcome: 'operation_timeout' });
      });
      const done = (ack: JsonObject): void => {
        alarm[Symbol.dispose]();
        this.#acks.delete(envelopeId);
        const answer = ack['payload'];
        const filled = isJsonObject(answer) && Object.keys(answer).length > 0;
        resolve({ outcome: 'acknowledged', payload: filled ? answer : undefined });
      };
      this.#acks.set(envelopeId, { socket, done });
      const accepts = type === 'slash_commands' || payload['type'] === 'view_submission';
      sendFrame(socket, { envelope_id: envelopeId, type, accepts_response_payload: accepts, payload });
    });
  }

  /** Tells connections to reconnect. The app closes its end; whoever does not is left alone, as Slack does for a while. */
  requestReconnect(reason: DisconnectReason, which: WhichConnections): void {
    for (const socket of this.#which(which)) sendDisconnect(socket, reason);
  }

  /** Cuts connections without a close frame. */
  drop(which: WhichConnections): void {
    for (const socket of this.#which(which)) socket.terminate();
  }

  #which(which: WhichConnections): readonly WebSocket[] {
    return which === 'oldest' ? this.#sockets.slice(0, 1) : [...this.#sockets];
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.drop('all');
    this.#server.close();
  }

  #welcome(socket: WebSocket): void {
    if (this.#sockets.length >= MAX_CONNECTIONS) {
      sendDisconnect(socket, 'too_many_websockets');
      socket.close(1000);
      return;
    }
    this.#sockets.push(socket);
    socket.on('message', (data) => this.#receive(socket, data));
    // A connection that breaks is reported by its close event; without a listener the error would end the process.
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      this.#sockets.splice(this.#sockets.indexOf(socket), 1);
      this.#notify();
    });
    sendFrame(socket, {
      type: 'hello',
      num_connections: this.#sockets.length,
      debug_info: { host: 'applink-sandbox', approximate_connection_time: APPROXIMATE_LIFETIME_SECONDS },
      connection_info: { app_id: APP_ID },
    });
    this.#notify();
  }

  #receive(socket: WebSocket, data: RawData): void {
    const frame = parseJson(Buffer.isBuffer(data) ? data.toString('utf8') : '');
    if (!isJsonObject(frame)) return;
    const waiting = this.#acks.get(stringAt(frame, 'envelope_id'));
    if (waiting?.socket === socket) waiting.done(frame);
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

function sendFrame(socket: WebSocket, frame: JsonObject): void {
  socket.send(JSON.stringify(frame));
}

function sendDisconnect(socket: WebSocket, reason: DisconnectReason): void {
  sendFrame(socket, { type: 'disconnect', reason, debug_info: { host: 'applink-sandbox' } });
}
