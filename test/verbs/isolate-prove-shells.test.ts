import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../../src/core/cluster.ts';
import type { ProofTarget } from '../../src/core/proof.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { captureNetwork } from '../../src/verbs/isolate/prove/capture-network.ts';
import { readSockets } from '../../src/verbs/isolate/prove/read-sockets.ts';
import { runTries } from '../../src/verbs/isolate/prove/run-tries.ts';
import { type ChildClientOptions, childClient } from '../evidence/child-client.ts';

const SHELLS = [
  { shell: 'dash', argv: ['dash', '-s'] },
  { shell: 'bash', argv: ['bash', '-s'] },
  { shell: 'busybox', argv: ['busybox', 'sh', '-s'] },
].filter(({ argv }) =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, argv[0] ?? ''))),
);
const where = { namespace: 'n', pod: 'p', container: 'c' };

let server: Server;
let open: number;
let closed: number;
beforeAll(async () => {
  const listening = async (): Promise<Server> => {
    const one = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    return one;
  };
  const portOf = (one: Server): number => {
    const address: AddressInfo | string | null = one.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  };
  server = await listening();
  open = portOf(server);
  const other = await listening();
  closed = portOf(other);
  await new Promise((resolve) => other.close(resolve));
});
afterAll(() => void server.close());

const target = (port: number): ProofTarget => ({
  ...{ direction: 'outward', what: 'canary', by: 'tcp', host: '127.0.0.1' },
  port,
});
const visit = (options: ChildClientOptions) => {
  const client = childClient(options);
  const { signal } = new AbortController();
  return { client, clock: systemClock, signal, where, tools: 'target' } as const;
};
const tryAll = (options: ChildClientOptions, targets = [target(open), target(closed)]) =>
  runTries({ ...visit(options), targets });

describe.each(SHELLS)('what a suspect has, run by $shell', ({ argv }) => {
  it('tells a connection from a refusal, and leaves no process', async () => {
    const request = visit({ argv });
    expect(await runTries({ ...request, targets: [target(open), target(closed)] })).toEqual([
      { result: 'reached' },
      { result: 'reached', why: 'refused' },
    ]);
    await expect.poll(() => request.client.remaining()).toEqual([]);
  });

  it('sees its open connections', async () => {
    expect(await readSockets(visit({ argv }))).toMatchObject({ kind: 'seen' });
    const { tables } = await captureNetwork(visit({ argv }));
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['tcp', 'udp', 'route']));
  });
});

const BUSYBOX = ['/bin/busybox', '/usr/bin/timeout', '/usr/bin/true'];
describe.skipIf(!BUSYBOX.every((path) => existsSync(path)))('the tool image’s programs', () => {
  const listeners = (port: number): readonly string[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
          return line.includes(`nc -ll -p ${port} `) ? [line] : [];
        } catch {
          return [];
        }
      });

  it.each(['v5', 'v4'] as const)('listen while they are needed, over %s', async (protocol) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const events: string[] = [];
    const { client: inner, ...request } = visit({ argv: ['busybox', 'sh', '-s'], protocol });
    const client: Pick<ClusterClient, 'exec'> = {
      exec: async (wanted) => {
        const session = await inner.exec(wanted);
        const abort = () => {
          events.push('let go');
          session.abort();
        };
        void session.status.then(() => events.push('ended'));
        return { ...session, abort };
      },
    };
    const listening = Promise.withResolvers<string>();
    const trying = runTries({
      ...{ ...request, client, tools: 'tool image', targets: [target(open), target(closed)], until: promise },
      ...{ listenerPort: closed, onListener: listening.resolve },
    });
    expect(await listening.promise).toBe('listening');
    expect(listeners(closed)).not.toEqual([]);
    resolve('enough');
    expect(await trying).toEqual([{ result: 'reached' }, { result: 'reached' }]);
    expect(events).toEqual(['ended', 'let go']);
    expect(listeners(closed)).toEqual([]);
    expect(inner.remaining()).toEqual([]);
  });

  it.each(['v5', 'v4'] as const)('end when the connection is lost, over %s', async (protocol) => {
    const request = visit({ argv: ['busybox', 'sh', '-s'], protocol });
    const listening = Promise.withResolvers<string>();
    const trying = runTries({
      ...{ ...request, tools: 'tool image', targets: Array.from({ length: 30 }, () => target(open)) },
      ...{ listenerPort: closed, onListener: listening.resolve, until: new Promise(() => undefined) },
    });
    expect(await listening.promise).toBe('listening');
    request.client.drop();
    await trying;
    await expect.poll(() => listeners(closed), { timeout: 5_000 }).toEqual([]);
  });
});

it('ends with the caller’s signal, by its reason', async () => {
  const stop = new AbortController();
  const client = childClient({ argv: ['sh', '-c', 'while read line; do :; done'] });
  const request = { client, clock: systemClock, signal: stop.signal, where, tools: 'target' } as const;
  const trying = runTries({ ...request, targets: [target(open)] });
  await expect.poll(() => client.remaining()).not.toEqual([]);
  stop.abort(new Error('enough'));
  await expect(trying).rejects.toThrow('enough');
  await expect.poll(() => client.remaining()).toEqual([]);
});

it('sends no host to a shell that is more than a word', async () => {
  const odd = { ...target(open), host: "'; touch planted; '" };
  const request = visit({ argv: ['sh', '-s'] });
  await expect(runTries({ ...request, targets: [odd] })).rejects.toThrow();
});

describe('a suspect that says what it likes', () => {
  /** Reads the mark from the prologue, as a shell that was replaced could. */
  const liar = (says: string): ChildClientOptions => ({
    argv: ['sh', '-c', `read line; mark=\${line#*\\'}; mark=\${mark%\\'}; ${says}`],
  });

  it('is not believed when it says two things of one try', async () => {
    const says = 'echo "$mark try 0 connected"; echo "$mark try 0 silent"; echo "$mark end"';
    expect(await tryAll(liar(says))).toEqual([
      { result: 'not tested', why: 'it was said twice what came of it' },
      { result: 'not tested', why: 'nothing was said of it' },
    ]);
  });

  it('can say nothing but what is known', async () => {
    const lines = [
      'try 0 fine',
      'try 0',
      'try -1 silent',
      'try 0 silent more',
      'try 1e0 silent',
      'try 999 silent',
    ];
    const says = `${lines.map((line) => `echo "$mark ${line}"; `).join('')} echo "try 0 silent"; echo "$mark end"`;
    const nothing = { result: 'not tested', why: 'nothing was said of it' };
    expect(await tryAll(liar(says))).toEqual([nothing, nothing]);
  });

  it('ends nothing by ending early', async () => {
    const [first, second] = await tryAll(liar('echo "$mark try 0 silent"; exit 0'));
    expect(first).toEqual({ result: 'no answer' });
    expect(second).toEqual({ result: 'not tested', why: 'it ended early' });
  });

  it('costs no memory by never ending', async () => {
    const [first] = await tryAll(
      liar('while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done'),
    );
    expect(first).toEqual({ result: 'not tested', why: 'it said more than it can have to say' });
  });

  it('has no shell', async () => {
    const [first] = await tryAll({ argv: ['no-such-shell-anywhere'] });
    expect(first).toEqual({ result: 'not tested', why: 'the program could not be started' });
  });

  it('hides no connection by a list that is shorter than its count', async () => {
    const tables = 'for t in tcp6 udp udp6; do echo "$mark count $t 0"; done';
    const whole = `${tables}; echo "$mark socket tcp 0C00F40A:9C9C 0A00600A:0035 01 7"; echo "$mark count tcp 1"; echo "$mark end"`;
    expect(await readSockets(visit(liar(whole)))).toMatchObject({ kind: 'seen', connections: [{}] });
    const short = `${tables}; echo "$mark count tcp 1"; echo "$mark end"`;
    expect(await readSockets(visit(liar(short)))).toEqual({
      kind: 'not seen',
      why: 'the list of connections did not arrive whole',
    });
    const none = `${tables}; echo "$mark absent tcp"; echo "$mark end"`;
    expect(await readSockets(visit(liar(none)))).toMatchObject({ kind: 'not seen' });
  });

  it('passes no table off as whole that was cut', async () => {
    const says =
      'echo "$mark begin tcp"; echo x; echo; echo "$mark done tcp 0"; echo "$mark begin udp"; echo y; exit 0';
    const capture = await captureNetwork(visit(liar(says)));
    expect(capture.tables.map(({ name, bytes }) => [name, bytes.toString()])).toEqual([['tcp', 'x\n']]);
    expect(capture.missing).toContainEqual({ name: 'udp', why: 'it ended early' });
  });
});
