import type WebSocket from 'ws';
import type { RawData } from 'ws';
import type { Clock } from '../core/clock.ts';
import type { ExecSession, ExecStatus } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { ByteQueue } from './byte-queue.ts';
import { CHANNEL } from './exec-channel.ts';
import { ExecPulse } from './exec-pulse.ts';
import { parseExecStatus } from './exec-status.ts';
import { ExecStdin } from './exec-stdin.ts';

/** Above it the socket is paused: eight messages of the server's usual 32 KiB. */
export const HELD_HIGH_BYTES = 256 * 1024;
/** Below it the socket goes on. */
const HELD_LOW_BYTES = 64 * 1024;
/** Pongs that wait to be sent; a server that sends pings and reads nothing gets no more. */
const PONGS_WAITING_BYTES = 64 * 1024;
/** A Status is some hundred bytes; a hostile one is cut here. */
const STATUS_BYTES = 64 * 1024;

const bytesOf = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);

/** One exec over an open or opening socket. Constructed before the socket opens, so that no message is missed. */
export class ExecSocketSession implements ExecSession {
  readonly stdout: ByteQueue = new ByteQueue(() => this.#handedOver());
  readonly stderr: ByteQueue = new ByteQueue(() => this.#handedOver());
  readonly status: Promise<ExecStatus>;
  readonly #settled: (status: ExecStatus) => void;
  readonly #socket: WebSocket;
  readonly #pulse: ExecPulse;
  readonly #beating = new AbortController();
  readonly #stdin: ExecStdin;
  #protocol: 'v5' | 'v4' = 'v5';
  #statusText: Buffer[] = [];
  #statusBytes = 0;
  #closed = false;
  #lostWhy: string | undefined;

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<ExecStatus>();
    this.status = promise;
    this.#settled = resolve;
    this.#pulse = new ExecPulse({
      clock,
      ping: (payload) => socket.ping(payload, true, () => undefined),
      lost: (why) => this.#lose(why),
      isPaused: () => socket.isPaused,
    });
    this.#stdin = new ExecStdin((message) => this.#send(message));
    socket.on('message', (data: RawData) => this.#receive(bytesOf(data)));
    socket.on('pong', (payload: Buffer) => this.#pulse.pong(payload.toString('latin1')));
    socket.on('ping', (payload: Buffer) => {
      if (socket.bufferedAmount < PONGS_WAITING_BYTES) socket.pong(payload, true, () => undefined);
    });
    socket.on('close', (code: number) => this.#close(code));
  }

  get protocol(): 'v5' | 'v4' {
    return this.#protocol;
  }

  /** Called once, when the handshake is done and the subprotocol verified. */
  opened(protocol: 'v5' | 'v4'): void {
    this.#protocol = protocol;
    this.#pulse.heard();
    void this.#pulse.beat(this.#beating.signal);
  }

  /** An error of the socket; its close follows. Remembered as the reason for an unknown outcome. */
  failed(error: Error): void {
    this.#lostWhy ??= `the connection failed (${'code' in error ? String(error.code) : error.name})`;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stdin.write(bytes);
  }

  endStdin(): void {
    if (this.#protocol === 'v5') this.#stdin.end();
  }

  abort(): void {
    if (this.#closed) return;
    this.#lostWhy = 'it was aborted here';
    this.stdout.drop();
    this.stderr.drop();
    this.#socket.terminate();
  }

  #receive(message: Buffer): void {
    this.#pulse.heard();
    // The server says that it is ready with a message of a channel byte alone.
    if (message.length < 2) return;
    const payload = message.subarray(1);
    switch (message.readUInt8(0)) {
      case CHANNEL.stdout:
        this.stdout.push(payload);
        break;
      case CHANNEL.stderr:
        this.stderr.push(payload);
        break;
      case CHANNEL.status:
        this.#statusPart(payload);
        break;
      default:
        return;
    }
    if (this.stdout.held > HELD_HIGH_BYTES || this.stderr.held > HELD_HIGH_BYTES) this.#socket.pause();
  }

  #statusPart(payload: Buffer): void {
    this.#statusBytes += payload.length;
    if (this.#statusBytes > STATUS_BYTES) {
      this.#lose('the status that ended the stream is too large');
      return;
    }
    this.#statusText.push(payload);
    this.#pulse.statusCame();
  }

  #handedOver(): void {
    if (this.#socket.isPaused && this.stdout.held < HELD_LOW_BYTES && this.stderr.held < HELD_LOW_BYTES) {
      this.#socket.resume();
    }
    if (this.#closed && this.stdout.finished && this.stderr.finished) this.#settled(this.#outcome());
  }

  #send(message: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pulse.inputSent();
      this.#socket.send(message, { binary: true, compress: false, fin: true }, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(inputLost(error));
      });
    });
  }

  #lose(why: string): void {
    this.#lostWhy ??= why;
    this.#socket.terminate();
  }

  #close(code: number): void {
    this.#closed = true;
    this.#lostWhy ??= `the connection closed with code ${code} and without a status`;
    this.#beating.abort();
    this.stdout.end();
    this.stderr.end();
  }

  /** The Status counts, not the close code: the server closes TCP without waiting for our close frame. */
  #outcome(): ExecStatus {
    if (this.#statusText.length === 0 || this.#statusBytes > STATUS_BYTES) {
      return { kind: 'unknown', why: this.#lostWhy ?? 'the connection closed without a status' };
    }
    return parseExecStatus(Buffer.concat(this.#statusText).toString('utf8'));
  }
}

const inputLost = (cause: Error): FirebreakError =>
  new FirebreakError({
    code: 'exec-lost',
    message: 'The connection to the remote process ended before all of its input was sent.',
    next: 'Look at how the process ended; ask again if that is unknown.',
    retry: 'retry can help',
    cause: new Error(cause.message),
  });
