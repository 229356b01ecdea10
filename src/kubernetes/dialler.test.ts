import { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { StandInProxy } from '../../sandbox/proxies/stand-in-proxy.ts';
import { startConnectProxy } from '../../sandbox/proxies/start-connect-proxy.ts';
import { startSocksProxy } from '../../sandbox/proxies/start-socks-proxy.ts';
import { sendJson, sendStatus, startApiServer } from '../../test/contracts/cloud-api-server.ts';
import { createTestAuthority } from '../../test/contracts/cloud-certificates.ts';
import { clientOf, fixedAccess } from '../../test/kubernetes/client-of.ts';
import { message, SUCCESS, startExecPeer } from '../../test/kubernetes/exec-peer.ts';
import type { ClusterAccess } from '../core/cloud.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { ClusterClientOptions, KubernetesClient } from './cluster-client.ts';

const signal = new AbortController().signal;
const closers: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const failureOf = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const error = await promise.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FirebreakError) return error;
  throw new Error(`not a FirebreakError: ${String(error)}`);
};
const client = (access: ClusterAccess, more: Partial<ClusterClientOptions> = {}): KubernetesClient => {
  const made = clientOf(access, more);
  closers.push(made.close);
  return made;
};
const peer = async () => {
  const started = await startExecPeer({
    rest: (_request, response) => sendJson(response, 200, { gitVersion: 'v1.36.2' }),
    opened: (socket) => {
      socket.send(message(1, 'through'));
      socket.send(SUCCESS);
      socket.close(1000);
    },
  });
  closers.push(started.close);
  return started;
};
const reaches = async (reached: KubernetesClient): Promise<void> => {
  expect(await reached.version(signal)).toBe('v1.36.2');
  const session = await reached.exec({ namespace: 'a', pod: 'b', container: 'c', command: ['d'], signal });
  const got: string[] = [];
  for await (const chunk of session.stdout) got.push(Buffer.from(chunk).toString());
  expect(got).toEqual(['through']);
};
const kept = (proxy: StandInProxy): StandInProxy => {
  closers.push(async () => {
    await proxy[Symbol.asyncDispose]();
  });
  return proxy;
};
const SECRET = { user: 'me', password: 's3cret:w@rd' };
const expectNoPassword = (error: FirebreakError): void => {
  const shown = inspect(error, { depth: 20, showHidden: true });
  for (const form of [SECRET.password, encodeURIComponent(SECRET.password), btoa(`me:${SECRET.password}`)])
    expect(`${shown} ${error.stack}`).not.toContain(form);
};
const targets = ({ tunnels }: StandInProxy): readonly string[] => tunnels.map(({ target }) => target);

describe.each([
  ['CONNECT', startConnectProxy],
  ['SOCKS5', startSocksProxy],
] as const)('a proxy by %s', (_kind, start) => {
  it('carries REST and exec, with its user and password', async () => {
    const { api, caPem } = await peer();
    const proxy = kept(await start(SECRET));
    await reaches(client({ ...fixedAccess(api.url, caPem), proxyUrl: new URL(proxy.url) }));
    expect(new Set(targets(proxy))).toEqual(new Set([api.url.host]));
    expect(proxy.tunnels[0]?.user).toBe('me');
    expect(proxy.strangers).toBe(0);
  });

  it('resolves the name, as it does for kubectl', async () => {
    const authority = createTestAuthority('named');
    const server = await startApiServer(authority.issue(['api.inside.example']), (_request, response) =>
      sendJson(response, 200, { gitVersion: 'v1' }),
    );
    closers.push(server.close);
    const proxy = kept(await start());
    const named = new URL(`https://api.inside.example:${server.url.port}`);
    const reached = client({ ...fixedAccess(named, authority.caPem), proxyUrl: new URL(proxy.url) });
    expect(await reached.version(signal)).toBe('v1');
    expect(targets(proxy)).toEqual([named.host]);
  });

  it('leaves the name of the server verified', async () => {
    const authority = createTestAuthority('proxied');
    const wrong = await startApiServer(authority.issue(['localhost']), (_request, response) =>
      response.end('{}'),
    );
    closers.push(wrong.close);
    const proxyUrl = new URL(kept(await start()).url);
    const reached = client({ ...fixedAccess(wrong.url, authority.caPem), proxyUrl });
    expect((await failureOf(reached.version(signal))).code).toBe('cluster-untrusted');
  });

  it.each([
    ['refuses', { kind: 'refuse' }, 'cluster-unreachable', /The proxy did not connect/u],
    ['breaks', { kind: 'cut', afterBytes: 1 }, 'cluster-unreachable', /The connection .* broke/u],
  ] as const)('that %s is a sentence without its password', async (_what, fault, code, says) => {
    const { api, caPem } = await peer();
    const proxy = kept(await start(SECRET));
    proxy.faults.add(fault);
    const access = { ...fixedAccess(api.url, caPem), proxyUrl: new URL(proxy.url) };
    const error = await failureOf(client(access).version(signal));
    expect(error.code).toBe(code);
    expect(error.sentence).toMatch(says);
    expectNoPassword(error);
  });

  it('that does not answer is given up, by REST and by exec, at the time that is left and by who asks', async () => {
    const { api, caPem } = await peer();
    const proxy = kept(await start(SECRET));
    proxy.faults.add({ kind: 'hang' });
    const access = { ...fixedAccess(api.url, caPem), proxyUrl: new URL(proxy.url) };
    const hurried = client(access, { limits: { connectMs: 100 }, cluster: 'hurried' });
    const exec = { namespace: 'a', pod: 'b', container: 'c', command: ['d'] };
    for (const asked of [hurried.version(signal), hurried.exec({ ...exec, signal })]) {
      const error = await failureOf(asked);
      expect(error.code).toBe('cluster-timeout');
      expectNoPassword(error);
    }
    const leaving = new AbortController();
    const patient = client(access);
    const left = [patient.version(leaving.signal), patient.exec({ ...exec, signal: leaving.signal })];
    leaving.abort(new Error('left'));
    for (const asked of left) await expect(asked).rejects.toThrow('left');
  });

  it('that does not know the password is a sentence without it', async () => {
    const { api, caPem } = await peer();
    const proxy = kept(await start({ user: 'me', password: 'another' }));
    const proxyUrl = new URL(proxy.url);
    proxyUrl.password = SECRET.password;
    const error = await failureOf(client({ ...fixedAccess(api.url, caPem), proxyUrl }).version(signal));
    expect(error.code).toBe('cluster-unreachable');
    expect(error.sentence).toMatch(/The proxy did not connect.*its credentials/u);
    expectNoPassword(error);
    expect(proxy.strangers).toBeGreaterThan(0);
  });
});

describe('the proxy of the environment', () => {
  it('is HTTPS_PROXY, unless NO_PROXY names the host', async () => {
    const { api, caPem } = await peer();
    const proxy = kept(await startConnectProxy());
    const environment = { HTTPS_PROXY: proxy.url };
    await reaches(client(fixedAccess(api.url, caPem), { proxyEnvironment: environment }));
    const before = proxy.tunnels.length;
    expect(before).toBeGreaterThan(0);
    const around = { ...environment, NO_PROXY: '127.0.0.1' };
    await reaches(client(fixedAccess(api.url, caPem), { proxyEnvironment: around }));
    expect(proxy.tunnels.length).toBe(before);
  });

  it('does not show a proxy URL that it can not read', () => {
    const proxyEnvironment = { HTTPS_PROXY: 'http://me:s3cret-word@[' };
    const access = fixedAccess(new URL('https://127.0.0.1:1'), '');
    expect(() => clientOf(access, { proxyEnvironment })).toThrow("The proxy's URL can't be read.");
  });

  it('refuses a proxy that can not carry exec', async () => {
    const access = {
      ...fixedAccess(new URL('https://127.0.0.1:1'), ''),
      proxyUrl: new URL('ftp://127.0.0.1'),
    };
    expect(() => clientOf(access)).toThrow(/can't carry exec/u);
  });
});

describe('trust', () => {
  it('sends nothing over http', () => {
    expect(() => clientOf(fixedAccess(new URL('http://127.0.0.1:1'), ''))).toThrow(/not https/u);
  });

  it('verifies although the environment says not to', async () => {
    const server = await startApiServer(createTestAuthority('a').issue(['127.0.0.1']), (_request, response) =>
      response.end('{}'),
    );
    closers.push(server.close);
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    closers.push(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });
    const reached = client(fixedAccess(server.url, createTestAuthority('b').caPem));
    expect((await failureOf(reached.version(signal))).code).toBe('cluster-untrusted');
    const exec = reached.exec({ namespace: 'a', pod: 'b', container: 'c', command: ['d'], signal });
    expect((await failureOf(exec)).code).toBe('cluster-untrusted');
  });

  it('verifies the name that tlsServerName gives instead of the address', async () => {
    const authority = createTestAuthority('named');
    const server = await startApiServer(authority.issue(['api.lab.example']), (_request, response) =>
      sendJson(response, 200, { gitVersion: 'v1' }),
    );
    closers.push(server.close);
    const access = fixedAccess(server.url, authority.caPem);
    expect(await client({ ...access, tlsServerName: 'api.lab.example' }).version(signal)).toBe('v1');
    const other = client({ ...access, tlsServerName: 'api.other.example' });
    expect((await failureOf(other.version(signal))).code).toBe('cluster-untrusted');
  });

  it('shows its client certificate, and says when the cluster refuses it', async () => {
    const authority = createTestAuthority('mutual');
    const server = await startApiServer(
      authority.issue(['127.0.0.1']),
      // As kube-apiserver: a certificate of another CA is let in, and then is nobody.
      (request, response) =>
        request.socket instanceof TLSSocket && request.socket.authorized
          ? sendJson(response, 200, { gitVersion: 'v1' })
          : sendStatus(response, 401, 'Unauthorized', 'Unauthorized'),
      { requestCert: true, rejectUnauthorized: false, ca: authority.caPem },
    );
    closers.push(server.close);
    const access: ClusterAccess = {
      ...fixedAccess(server.url, authority.caPem),
      token: () => Promise.resolve(undefined),
    };
    const good = { ...access, clientCertificate: authority.issueClient('responder') };
    expect(await client(good).version(signal)).toBe('v1');
    const stranger = { ...access, clientCertificate: createTestAuthority('other').issueClient('responder') };
    const error = await failureOf(client(stranger).version(signal));
    expect(error.code).toBe('not-authenticated');
  });
});

describe('what does not answer', () => {
  it.each([
    [
      'a name that does not exist',
      'https://nowhere.invalid:6443',
      'cluster-unreachable',
      /does not resolve/u,
    ],
    ['a closed port', 'https://127.0.0.1:1', 'cluster-unreachable', /Nothing accepts connections/u],
  ] as const)('says so for %s', async (_what, url, code, says) => {
    const error = await failureOf(
      client(fixedAccess(new URL(url), createTestAuthority('x').caPem)).version(signal),
    );
    expect(error.code).toBe(code);
    expect(error.sentence).toMatch(says);
  });

  it('gives up on a server that takes the connection and never speaks TLS', async () => {
    const proxy = kept(await startSocksProxy());
    const silent = new URL(proxy.url.replace('socks5:', 'https:'));
    const access = fixedAccess(silent, createTestAuthority('x').caPem);
    const reached = client(access, { limits: { connectMs: 100 } });
    expect((await failureOf(reached.version(signal))).code).toMatch(/cluster-(timeout|untrusted)/u);
    const exec = reached.exec({ namespace: 'a', pod: 'b', container: 'c', command: ['d'], signal });
    expect((await failureOf(exec)).code).toMatch(/cluster-(timeout|untrusted)/u);
  });
});
