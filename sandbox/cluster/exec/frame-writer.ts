import { WebSocket } from 'ws';
import type { Fault } from '../api/faults.ts';
import type { ExecProcess } from '../runtime/start-exec.ts';

const MAX_FRAME_BYTES = 32_768;
/** Above it the program's output is no longer read; below the low mark it is read again. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;

/** Writes frames to the socket, no faster than the client reads them. */
export class FrameWriter {
  readonly #ws: WebSocket;
  readonly #cutAfterBytes: number;
  readonly #bytesPerSecond: number;
  #sent = 0;
  #paused = false;

  constructor(ws: WebSocket, faults: readonly Fault[]) {
    this.#ws = ws;
    this.#cutAfterBytes = Math.min(
      Infinity,
      ...faults.flatMap((fault) => (fault.kind === 'cut exec' ? [fault.afterBytes] : [])),
    );
    this.#bytesPerSecond = Math.min(
      Infinity,
      ...faults.flatMap((fault) => (fault.kind === 'exec rate' ? [fault.bytesPerSecond] : [])),
    );
  }

  /** One frame: the channel byte and the payload. */
  send(channel: number, payload: Uint8Array, done?: () => void): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const frame = Buffer.allocUnsafe(payload.length + 1);
    frame[0] = channel;
    frame.set(payload, 1);
    this.#ws.send(frame, { binary: true, fin: true, compress: false }, () => done?.());
  }

  /** A chunk of output in frames of at most 32,768 bytes. Pauses the program's streams while the client is behind. */
  output(channel: number, chunk: Buffer, process: ExecProcess): void {
    for (let at = 0; at < chunk.length; at += MAX_FRAME_BYTES) {
      const room = this.#cutAfterBytes - this.#sent;
      const part = chunk.subarray(at, Math.min(at + MAX_FRAME_BYTES, at + room));
      this.#sent += part.length;
      if (this.#sent >= this.#cutAfterBytes) {
        this.send(channel, part, () => this.#ws.terminate());
        this.#pause(process);
        return;
      }
      this.send(channel, part, () => this.#resumeWhenLow(process));
    }
    if (this.#bytesPerSecond !== Infinity) {
      this.#pause(process);
      setTimeout(() => this.#resume(process), (chunk.length / this.#bytesPerSecond) * 1000);
    } else if (this.#ws.bufferedAmount > HIGH_WATER_BYTES) this.#pause(process);
  }

  #pause(process: ExecProcess): void {
    this.#paused = true;
    process.stdout.pause();
    process.stderr.pause();
  }

  #resumeWhenLow(process: ExecProcess): void {
    if (this.#paused && this.#bytesPerSecond === Infinity && this.#ws.bufferedAmount < LOW_WATER_BYTES)
      this.#resume(process);
  }

  #resume(process: ExecProcess): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#paused = false;
    process.stdout.resume();
    process.stderr.resume();
  }
}
