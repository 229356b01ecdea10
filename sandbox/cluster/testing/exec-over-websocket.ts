import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { StandInCluster } from '../stand-in-cluster.ts';

export interface ExecCall {
  readonly namespace?: string;
  readonly pod: string;
  readonly container?: string;
  readonly command: readonly string[];
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
  readonly subprotocols?: readonly string[];
  readonly token?: string;
  /** Frames to send after the upgrade, whole: channel byte and payload. */
  readonly send?: readonly Buffer[];
}

export interface Frame {
  readonly channel: number;
  readonly payload: Buffer;
}

export type ExecResult =
  | { readonly kind: 'refused'; readonly status: number; readonly contentType: string; readonly body: string }
  | {
      readonly kind: 'upgraded';
      readonly subprotocol: string;
      readonly frames: readonly Frame[];
      readonly close: number;
    };

/** Opens an exec as a bare WebSocket client, for tests that look at each frame. */
export function openExec(cluster: StandInCluster, call: ExecCall): WebSocket {
  const { namespace = 'payments', pod, container = 'app', command } = call;
  const query = new URLSearchParams({ container });
  for (const name of ['stdin', 'stdout', 'stderr', 'tty'] as const) {
    const isOn = call[name] ?? (name === 'stdout' || name === 'stderr');
    if (isOn) query.set(name, 'true');
  }
  for (const part of command) query.append('command', part);
  return new WebSocket(
    `${cluster.url.replace('https:', 'wss:')}/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`,
    [...(call.subprotocols ?? ['v5.channel.k8s.io', 'v4.channel.k8s.io'])],
    {
      ca: cluster.caPem,
      headers: { authorization: `Bearer ${call.token ?? cluster.token('admin')}` },
      perMessageDeflate: false,
    },
  );
}

/** Runs an exec to its end. */
export function execOverWebSocket(cluster: StandInCluster, call: ExecCall): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const ws = openExec(cluster, call);
    const frames: Frame[] = [];
    ws.on('open', () => {
      for (const frame of call.send ?? []) ws.send(frame);
    });
    ws.on('message', (data: Buffer) => frames.push({ channel: data[0] ?? -1, payload: data.subarray(1) }));
    ws.on('close', (close) => resolve({ kind: 'upgraded', subprotocol: ws.protocol, frames, close }));
    ws.on('unexpected-response', (_request, response: IncomingMessage) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        const contentType = response.headers['content-type'] ?? '';
        resolve({ kind: 'refused', status: response.statusCode ?? 0, contentType, body });
      });
    });
    ws.on('error', (error) => {
      if (ws.protocol === '') reject(error);
    });
  });
}

/** All that came on one channel. */
export const onChannel = (result: ExecResult, channel: number): Buffer =>
  Buffer.concat(
    result.kind === 'upgraded'
      ? result.frames.filter((one) => one.channel === channel).map((one) => one.payload)
      : [],
  );

/** stdout as text of an exec that must succeed. */
export async function outputOf(cluster: StandInCluster, call: ExecCall): Promise<string> {
  const result = await execOverWebSocket(cluster, call);
  return onChannel(result, 1).toString('utf8');
}
