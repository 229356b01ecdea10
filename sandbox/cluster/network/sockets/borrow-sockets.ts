import { spawn } from 'node:child_process';
import { Socket as UdpSocket } from 'node:dgram';
import { Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { coverInherited } from '../../runtime/inherited-descriptors.ts';
import type { WantedSocket } from './wanted-socket.ts';

export interface BorrowedSockets {
  readonly tcp: (address: string, port: number) => Server;
  readonly udp: (address: string, port: number) => UdpSocket;
  readonly close: () => void;
}

const PROGRAM = fileURLToPath(new URL('./open-sockets.ts', import.meta.url));

/**
 * Sockets of the network namespace that the process `pid` is in, served by this process. A socket stays in the
 * namespace that it was opened in, so a short-lived program opens them there and passes them on. They keep the namespace
 * alive until they are closed. A connection is cut while nobody listens for it.
 */
export async function borrowSockets(
  nsenter: string,
  pid: number,
  wanted: readonly WantedSocket[],
): Promise<BorrowedSockets> {
  const got = new Map<string, Server | UdpSocket>();
  const child = spawn(
    nsenter,
    ['-t', String(pid), '-n', '--', process.execPath, PROGRAM, JSON.stringify(wanted)],
    { stdio: coverInherited<'ignore' | 'pipe' | 'ipc'>(['ignore', 'ignore', 'pipe', 'ipc']), env: {} },
  );
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const open = new Set<Socket>();
  child.on('message', (name, handle) => {
    if (typeof name !== 'string') return;
    if (!(handle instanceof Server || handle instanceof UdpSocket)) return;
    got.set(name, handle);
    if (handle instanceof Server)
      handle.on('connection', (socket: Socket) => {
        if (handle.listenerCount('connection') === 1) socket.destroy();
        open.add(socket);
        socket.once('close', () => open.delete(socket));
      });
  });
  const close = () => {
    for (const handle of got.values()) handle.close();
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (got.size === wanted.length) resolve();
      else
        reject(new Error(`sockets of another namespace: ended with ${code}: ${stderr.trim().slice(-500)}`));
    });
  });
  const must = (name: string) => {
    const found = got.get(name);
    if (found === undefined) throw new Error(`no socket ${name}`);
    return found;
  };
  return {
    tcp: (address, port) => {
      const found = must(`tcp ${address}:${port}`);
      if (!(found instanceof Server)) throw new Error('not a server');
      return found;
    },
    udp: (address, port) => {
      const found = must(`udp ${address}:${port}`);
      if (!(found instanceof UdpSocket)) throw new Error('not a datagram socket');
      return found;
    },
    close,
  };
}
