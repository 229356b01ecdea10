import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { ExecProtocol } from './exec-status.ts';

const STDIN = 0;
const CLOSE = 255;
const CLOSE_LENGTH = 2;

/**
 * Hands the client's frames to the program. A program that does not read stops the whole socket, pings too, as on a
 * real server. v5's CLOSE of channel 0 is the end of stdin; v4 ignores it.
 * Source: k8s.io/streaming, httpstream/wsstream/conn.go, handle; KEP-4006.
 */
export function receiveStdin(ws: WebSocket, protocol: ExecProtocol, stdin: Socket | undefined): void {
  stdin?.on('drain', () => ws.resume());
  stdin?.once('close', () => ws.resume());
  ws.on('message', (data: RawData) => {
    const frame = Array.isArray(data)
      ? Buffer.concat(data)
      : Buffer.isBuffer(data)
        ? data
        : Buffer.from(data);
    const channel = frame[0];
    if (channel === STDIN && stdin !== undefined && stdin.writable) {
      if (!stdin.write(frame.subarray(1))) ws.pause();
    } else if (channel === CLOSE && protocol === 'v5') {
      if (frame.length !== CLOSE_LENGTH) ws.terminate();
      else if (frame[1] === STDIN) stdin?.end();
    }
  });
}
