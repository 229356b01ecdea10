import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHostTool } from '../cluster/runtime/host-tools.ts';
import { startCluster } from '../cluster/start-cluster.ts';
import type { ProxyOptions, StandInProxy } from './stand-in-proxy.ts';
import { startConnectProxy } from './start-connect-proxy.ts';
import { startSocksProxy } from './start-socks-proxy.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const curl = findHostTool('curl');
const kubectl = findHostTool('kubectl');
const KINDS = [
  ['an HTTP proxy', startConnectProxy],
  ['a SOCKS5 proxy', startSocksProxy],
] as const;
const SECRET = { user: 'incident', password: 's3cret:w@rd' };

const running = new Set<AsyncDisposable>();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-proxies-'));
});
afterEach(async () => {
  for (const one of running) await one[Symbol.asyncDispose]();
  running.clear();
  await rm(folder, { recursive: true });
});
const kept = <T extends AsyncDisposable>(one: T): T => {
  running.add(one);
  return one;
};

const run = (program: string, args: readonly string[], environment = {}): Promise<Ended> =>
  new Promise((resolve) => {
    // No proxy variable of this machine may have a say.
    const env = { HOME: folder, PATH: process.env['PATH'], ...environment };
    execFile(program, [...args], { env, cwd: folder }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });

/** A web server that says `hello`, and its port. */
const startHello = async (): Promise<number> => {
  const server = createServer((_request, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  kept({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
};
/** curl resolves no name: `socks5h`. */
const asCurl = (url: string): string => url.replace('socks5:', 'socks5h:');
const fetchBy = (proxy: StandInProxy, url: string, ...more: readonly string[]): Promise<Ended> =>
  run(curl ?? 'curl', [
    '-sS',
    '--proxytunnel',
    '--max-time',
    '10',
    '--proxy',
    asCurl(proxy.url),
    ...more,
    url,
  ]);

describe.skipIf(curl === undefined).each(KINDS)('%s, asked by curl', (_kind, start) => {
  const started = async (options: ProxyOptions = {}): Promise<StandInProxy> => kept(await start(options));

  it('carries a connection to an address and to a name, and remembers both', async () => {
    const port = await startHello();
    const proxy = await started();
    expect((await fetchBy(proxy, `http://127.0.0.1:${port}/`)).stdout).toBe('hello');
    expect((await fetchBy(proxy, `http://inside.example:${port}/`)).stdout).toBe('hello');
    expect(proxy.tunnels.map(({ target }) => target)).toEqual([
      `127.0.0.1:${port}`,
      `inside.example:${port}`,
    ]);
    for (const { bytesToServer, bytesToClient } of proxy.tunnels) {
      expect(bytesToServer).toBeGreaterThan('GET / HTTP/1.1'.length);
      expect(bytesToClient).toBeGreaterThan('HTTP/1.1 200 OK hello'.length);
    }
  });

  it('leads a name to the port that a route says', async () => {
    const port = await startHello();
    const proxy = await started({ routes: { 'inside.example:80': port } });
    expect((await fetchBy(proxy, 'http://inside.example/')).stdout).toBe('hello');
  });

  it('takes whoever knows the password, and nobody else', async () => {
    const port = await startHello();
    const proxy = await started(SECRET);
    expect((await fetchBy(proxy, `http://127.0.0.1:${port}/`)).stdout).toBe('hello');
    expect(proxy.tunnels[0]).toMatchObject({ user: 'incident' });
    for (const who of ['incident:wrong@', '']) {
      const url = proxy.url.replace(/\/\/.*@/u, `//${who}`);
      const { code, stdout } = await fetchBy({ ...proxy, url }, `http://127.0.0.1:${port}/`);
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
    }
    expect(proxy.strangers).toBe(2);
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('refuses, as often as it is told to', async () => {
    const port = await startHello();
    const proxy = await started();
    proxy.faults.add({ kind: 'refuse' }, 1);
    expect((await fetchBy(proxy, `http://127.0.0.1:${port}/`)).code).not.toBe(0);
    expect((await fetchBy(proxy, `http://127.0.0.1:${port}/`)).stdout).toBe('hello');
    expect(proxy.tunnels.map(({ outcome }) => outcome)).toEqual(['refused', 'opened']);
  });

  it('says when nothing listens where it is to go', async () => {
    const proxy = await started();
    expect((await fetchBy(proxy, 'http://127.0.0.1:1/')).code).not.toBe(0);
    expect(proxy.tunnels[0]).toMatchObject({ outcome: 'refused' });
  });

  it('hangs, so that the client gives up', async () => {
    const proxy = await started();
    proxy.faults.add({ kind: 'hang' });
    const TIMED_OUT = 28;
    expect((await fetchBy(proxy, 'http://127.0.0.1:1/', '--max-time', '0.2')).code).toBe(TIMED_OUT);
    expect(proxy.tunnels[0]).toMatchObject({ outcome: 'asked' });
  });

  it('cuts a connection in the middle of an answer', async () => {
    const port = await startHello();
    const proxy = await started();
    proxy.faults.add({ kind: 'cut', afterBytes: 1 });
    const { code, stdout } = await fetchBy(proxy, `http://127.0.0.1:${port}/`);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(proxy.tunnels[0]).toMatchObject({ outcome: 'opened' });
  });
});

describe.skipIf(kubectl === undefined).each(KINDS)('%s, asked by kubectl', (_kind, start) => {
  it('carries reads by a proxy-url with a password', async () => {
    const cluster = await startCluster({ containers: 'no shell' });
    kept(cluster);
    const proxy = kept(await start(SECRET));
    const kubeconfig = cluster
      .kubeconfig()
      .replace('  cluster:\n', `  cluster:\n    proxy-url: ${JSON.stringify(proxy.url)}\n`);
    await writeFile(join(folder, 'config'), kubeconfig);
    const { stdout } = await run(kubectl ?? 'kubectl', [
      '--kubeconfig',
      'config',
      'get',
      'pods',
      '-o',
      'name',
    ]);
    expect(stdout).toContain('pod/x\n');
    expect(new Set(proxy.tunnels.map(({ target }) => target))).toEqual(new Set([new URL(cluster.url).host]));
  });
});

it('a SOCKS5 proxy reads what arrives in single bytes, and refuses what it does not do', async () => {
  const proxy = kept(await startSocksProxy());
  const { port } = new URL(proxy.url);
  const socket = connect(Number(port), '127.0.0.1').setNoDelay(true);
  const BIND = 2;
  for (const byte of [5, 1, 0, 5, BIND, 0, 1, 127, 0, 0, 1, 0, 80]) socket.write(Buffer.of(byte));
  const answers: Buffer[] = [];
  for await (const chunk of socket) answers.push(chunk);
  const COMMAND_NOT_SUPPORTED = 7;
  expect([...Buffer.concat(answers).subarray(0, 4)]).toEqual([5, 0, 5, COMMAND_NOT_SUPPORTED]);
});
