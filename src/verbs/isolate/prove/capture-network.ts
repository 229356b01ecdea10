import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OpenSocket } from '../../../core/proof.ts';
import { countedConnections } from './judge-sockets.ts';
import { type Connection, openSocket, readConnection } from './open-sockets.ts';
import type { ProvenPod } from './proven-pod.ts';
import type { SocketsSeen } from './read-sockets.ts';
import { type MarkedVisit, runMarked } from './run-marked.ts';
import { shortScript } from './short-script.ts';
import type { ToolSet } from './tries-script.ts';

/** `/proc/net/<name>`, and what `ip neigh` and `ip addr` print. */
const TABLES = [
  ...(['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6', 'unix', 'route', 'ipv6_route', 'arp'] as const),
  ...(['ip_neigh', 'ip_addr'] as const),
] as const;
export type NetworkTable = (typeof TABLES)[number];

/** The network of a pod before anything was cut. */
export interface NetworkCapture {
  /** Each byte for byte as the kernel or `ip` printed it. */
  readonly tables: readonly { readonly name: NetworkTable; readonly bytes: Buffer }[];
  /** A kernel without IPv6 has none of its tables. */
  readonly absent: readonly NetworkTable[];
  /** Tables that did not arrive whole; `why` is a part of a sentence. */
  readonly missing: readonly { readonly name: NetworkTable; readonly why: string }[];
}

const lineSchema = z
  .string()
  .transform((line) => line.split(' '))
  .pipe(
    z.union([
      z.tuple([z.enum(['begin', 'absent']), z.enum(TABLES)]),
      z.tuple([z.literal('done'), z.enum(TABLES), z.string()]),
    ]),
  );

const OF_IPV6: readonly NetworkTable[] = ['tcp6', 'udp6', 'raw6', 'ipv6_route'];

const TEXT = readFileSync(new URL('capture.sh', import.meta.url), 'utf8');

/** Reads sockets, routes and neighbours. A few milliseconds of work. Throws only when the signal aborts. */
export const captureNetwork = async (
  visit: MarkedVisit & { readonly tools: ToolSet },
): Promise<NetworkCapture> => {
  const whole = new Map<NetworkTable, Buffer>();
  const absent = new Set<NetworkTable>();
  const missing = new Map<NetworkTable, string>();
  let lines: Buffer[] = [];
  const end = await runMarked(visit, shortScript(TEXT, visit.tools), {
    between: (line) => void lines.push(line),
    take: (line) => {
      const said = lineSchema.safeParse(line);
      if (!said.success) return;
      const [kind, name, status] = said.data;
      if (kind === 'absent' && OF_IPV6.includes(name)) absent.add(name);
      else if (kind === 'absent') missing.set(name, 'it is not there');
      else if (kind === 'done' && status === '0') whole.set(name, Buffer.concat(lines).subarray(0, -1));
      else if (kind === 'done') missing.set(name, 'what reads it failed');
      lines = [];
    },
  });
  const wanted = TABLES.filter((name) => visit.tools === 'tool image' || !name.startsWith('ip_'));
  const why = end.kind === 'broken' ? end.why : 'it was not sent';
  return {
    tables: [...whole].map(([name, bytes]) => ({ name, bytes })),
    absent: [...absent],
    missing: wanted
      .filter((name) => !whole.has(name) && !absent.has(name))
      .map((name) => ({ name, why: missing.get(name) ?? why })),
  };
};

const ofTable = (protocol: 'tcp' | 'udp', bytes: Buffer): readonly Connection[] =>
  bytes
    .toString('latin1')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
      return readConnection(protocol, [local, remote, state, inode]) ?? [];
    });

const isOfConnections = ({ name }: { readonly name: string }): boolean => /^(?:tcp|udp)6?$/.test(name);

/** The connections that a capture shows: all of them, or none. */
export const connectionsOf = ({ tables, missing }: NetworkCapture): SocketsSeen => {
  const found = tables.filter(isOfConnections);
  if (missing.some(isOfConnections))
    return { kind: 'not seen', why: 'the tables of connections did not arrive' };
  return {
    kind: 'seen',
    connections: found.flatMap(({ name, bytes }) => ofTable(name.startsWith('tcp') ? 'tcp' : 'udp', bytes)),
  };
};

/** What was open before the deny, for the proof after it. Undefined when the capture does not show it. */
export const openBeforeOf = (
  capture: NetworkCapture,
  pod: ProvenPod,
  listenerPort: number,
): readonly OpenSocket[] | undefined => {
  const seen = connectionsOf(capture);
  return seen.kind === 'seen'
    ? countedConnections(seen.connections, pod, listenerPort).map(openSocket)
    : undefined;
};
