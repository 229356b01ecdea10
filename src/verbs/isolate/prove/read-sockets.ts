import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Connection, readConnection } from './open-sockets.ts';
import { type MarkedVisit, runMarked } from './run-marked.ts';
import { shortScript } from './short-script.ts';
import type { ToolSet } from './tries-script.ts';

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
type Table = (typeof TABLES)[number];

const table = z.enum(TABLES);
const lineSchema = z
  .string()
  .transform((line) => line.split(' '))
  .pipe(
    z.union([
      z.tuple([z.literal('socket'), table, z.string(), z.string(), z.string(), z.string()]),
      z.tuple([
        z.literal('count'),
        table,
        z
          .string()
          .regex(/^\d{1,7}$/)
          .transform(Number),
      ]),
      z.tuple([z.literal('absent'), table]),
    ]),
  );

const TEXT = readFileSync(new URL('sockets.sh', import.meta.url), 'utf8');

/** The pod's open connections, the loopback's too; or a part of a sentence that says why they are not known. */
export type SocketsSeen =
  | { readonly kind: 'seen'; readonly connections: readonly Connection[] }
  | { readonly kind: 'not seen'; readonly why: string };

/**
 * Reads the socket tables of the network namespace that the container shares with its pod. Nothing is concluded from
 * a table that did not arrive whole. Throws only when the signal aborts.
 */
export const readSockets = async (visit: MarkedVisit & { readonly tools: ToolSet }): Promise<SocketsSeen> => {
  const connections: Connection[] = [];
  const said = new Map<Table, number>();
  const counts = new Map<Table, number>();
  const end = await runMarked(visit, shortScript(TEXT, visit.tools), {
    take: (line) => {
      const parsed = lineSchema.safeParse(line);
      if (!parsed.success) return;
      const [kind, of] = parsed.data;
      if (kind === 'count') counts.set(of, parsed.data[2]);
      // A kernel without IPv6 has no tables for it.
      else if (kind === 'absent') counts.set(of, of.endsWith('6') ? 0 : -1);
      else {
        said.set(of, (said.get(of) ?? 0) + 1);
        const found = readConnection(of.startsWith('tcp') ? 'tcp' : 'udp', parsed.data.slice(2));
        if (found !== undefined) connections.push(found);
      }
    },
  });
  if (end.kind === 'broken') return { kind: 'not seen', why: end.why };
  const whole = TABLES.every((one) => counts.get(one) === (said.get(one) ?? 0));
  return whole
    ? { kind: 'seen', connections }
    : { kind: 'not seen', why: 'the list of connections did not arrive whole' };
};
