import { expect, it } from 'vitest';
import { createKeyedHash } from '../keyed-hash.ts';
import { VolatileReader } from './volatile-reader.ts';

const MARK = 'ef'.repeat(16);
const NEXT = `FB_MARK=${MARK}\0`;

const section = (head: string, ...files: readonly string[]): string =>
  `\n${MARK} ${head}\n${files.map((file) => file + NEXT).join('')}`;

/** The files of one process in the collector's order: status, stat, cgroup, comm, cmdline, environ, maps. */
const processFiles = (pid: number, cmdline = 'sh\0', group = pid): readonly string[] => [
  `State:\tS\nPPid:\t1\n`,
  `${pid} (sh) S 1 ${group} ${group} 0`,
  '',
  'sh\n',
  cmdline,
  '',
  '',
];

const read = (stream: string): readonly { readonly [key: string]: unknown }[] => {
  const reader = new VolatileReader({ mark: MARK, keyedHash: createKeyedHash(Buffer.alloc(32)) });
  const bytes = Buffer.from(stream, 'latin1');
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 32_768) lines.push(reader.add(bytes.subarray(at, at + 32_768)));
  lines.push(reader.end());
  return Buffer.concat(lines)
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

const only = (stream: string, type: string) => read(stream).filter((record) => record['type'] === type);

it('cuts a command line of a million empty arguments, and says so', () => {
  const [record] = only(section('processes 7', ...processFiles(7, '\0'.repeat(1_000_000))), 'process');
  expect(record).toMatchObject({ truncated: ['cmdline'] });
  expect(record?.['cmdline']).toHaveLength(16_384);
});

it('keeps a bounded amount of each process, so that a large one takes no room from another', () => {
  const pids = Array.from({ length: 16 }, (_, index) => index + 1);
  const files = pids.flatMap((pid) =>
    processFiles(pid).map((file, index) => (pid < 16 && index > 1 ? 'x'.repeat(1_000_000) : file)),
  );
  const links = pids.flatMap((pid) =>
    Array.from(
      { length: pid < 16 ? 400 : 2 },
      (_, fd) => `${MARK} link '/proc/${pid}/fd/${fd}' -> '/${'d'.repeat(4000)}'\n`,
    ),
  );
  const records = only(section(`processes ${pids.join(' ')}`, ...files) + links.join(''), 'process');
  expect(records).toHaveLength(16);
  expect(records[0]).toMatchObject({ truncated: ['environ', 'maps', 'fds'] });
  expect(JSON.stringify(records[0]).length).toBeLessThan(5 * 1024 * 1024);
  expect(records.at(-1)).toMatchObject({ pid: 16, comm: 'sh', fds: [{ fd: 0 }, { fd: 1 }] });
  expect(records.at(-1)).not.toHaveProperty('truncated');
});

it('names few owners of a socket and counts the others, however many rows a forged table has', () => {
  const links = Array.from(
    { length: 1000 },
    (_, fd) => `\n${MARK} link '/proc/7/fd/${fd}' -> 'socket:[99]'\n`,
  );
  const row = `0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 99 1\n`;
  const stream =
    section('processes 7', ...processFiles(7)) +
    links.join('') +
    section('network 7', `heading\n${row.repeat(500)}`);
  const sockets = only(stream, 'socket');
  expect(sockets).toHaveLength(500);
  expect(sockets[0]?.['owners']).toHaveLength(64);
  expect(sockets[0]).toMatchObject({ moreOwners: 936 });
});

it('knows every process of the collector by its process group', () => {
  const stream =
    section('begin 1 41') +
    section(
      'processes 41 63 70',
      ...processFiles(41),
      ...processFiles(63, 'sha256sum\0', 41),
      ...processFiles(70),
    );
  expect(only(stream, 'process').map((record) => record['collector'])).toEqual([true, true, undefined]);
});
