import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createTestAuthority } from '../../test/contracts/cloud-certificates.ts';
import { createMount } from '../../test/contracts/mounted-account.ts';
import { serviceAccountToken } from '../../test/contracts/service-account-token.ts';
import type { CloudContext } from '../core/cloud.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { createInClusterCloud } from './in-cluster.ts';
import { clouds } from './index.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const seconds = (text: string): number => Date.parse(text) / 1_000;
const { signal } = new AbortController();
const caPem = createTestAuthority('pod').caPem;

let mount: Awaited<ReturnType<typeof createMount>>;
let context: CloudContext;
beforeEach(async () => {
  mount = await createMount();
  context = {
    ...{ cluster: 'here', identity: 'read', home: '/', baseDir: '/' },
    clock: { now: () => new Date(NOW), monotonicMs: () => 0, sleep: () => Promise.resolve() },
    environment: { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' },
  };
});
afterEach(() => mount.close());

const connect = (options: object = {}, environment = context.environment) => {
  const { access } = createInClusterCloud(mount.account);
  return access.connect(access.readOptions(options), { ...context, environment }, signal);
};
const refused = new FirebreakError({ code: 'not-authenticated', message: 'No.', next: 'Look.' });

describe('the cluster that Firebreak runs in', () => {
  test('is in the registry of providers', () => {
    expect(clouds.map((cloud) => cloud.provider)).toContain('in-cluster');
  });

  test('is where the kubelet says, an IPv6 address too, unless firebreak.yml says another', async () => {
    await mount.write({ token: serviceAccountToken({}), 'ca.crt': caPem });
    expect((await connect()).server.href).toBe('https://10.96.0.1/');
    const six = { KUBERNETES_SERVICE_HOST: 'fd00:10:96::1', KUBERNETES_SERVICE_PORT: '6443' };
    expect((await connect({}, six)).server.href).toBe('https://[fd00:10:96::1]:6443/');
    const other = {
      server: 'https://api.inside.example:6443',
      tlsServerName: 'kubernetes.default.svc',
      proxyUrl: 'socks5://127.0.0.1:1080',
    };
    const access = await connect(other, {});
    expect([access.server.href, access.tlsServerName, access.proxyUrl?.href]).toEqual([
      'https://api.inside.example:6443/',
      'kubernetes.default.svc',
      'socks5://127.0.0.1:1080',
    ]);
  });

  test('is not reached at its old address with a new token when the CA was swapped', async () => {
    await mount.write({ token: 'old', 'ca.crt': caPem });
    const access = await connect();
    expect(await access.token(signal)).toBe('old');
    await mount.write({ token: 'new', 'ca.crt': createTestAuthority('next').caPem });
    await expect(access.token(signal)).rejects.toMatchObject({ code: 'cluster-unreachable' });
    expect(await (await connect()).token(signal)).toBe('new');
  });
});

test('a token that its user may not read is said to need fsGroup', async () => {
  const denied = Object.assign(new Error('no'), { code: 'EACCES' });
  const { access } = createInClusterCloud({ ...mount.account, read: () => Promise.reject(denied) });
  await expect(access.connect({}, context, signal)).rejects.toMatchObject({
    code: 'cluster-credentials',
    sentence: expect.stringMatching(/may not be read by Firebreak.*fsGroup/u),
  });
});

test('a token that was refused is read again, although its file looks the same', async () => {
  await mount.write({ token: 'old', 'ca.crt': caPem });
  const { access } = createInClusterCloud({ ...mount.account, stamp: () => Promise.resolve('same') });
  const reached = await access.connect({}, context, signal);
  await mount.write({ token: 'new', 'ca.crt': caPem });
  expect(await reached.token(signal)).toBe('old');
  reached.forgetToken();
  expect(await reached.token(signal)).toBe('new');
});

describe('who Firebreak is in a pod', () => {
  test('is the service account that the token names', async () => {
    await mount.write({
      token: serviceAccountToken({
        exp: seconds('2027-01-01'),
        sub: 'system:serviceaccount:tools:responder',
      }),
      'ca.crt': caPem,
    });
    const caller = await (await connect()).caller(signal);
    expect(caller).toMatchObject({
      source: `the service account mounted at ${mount.folder}`,
      principal: 'system:serviceaccount:tools:responder',
    });
    // The kubelet renews it within the hour, whatever it says of its end.
    expect(caller.warnings).toEqual([]);
  });

  test('is not said by a token of another kind', async () => {
    await mount.write({ token: serviceAccountToken({ sub: 'a person' }), 'ca.crt': caPem });
    expect(await (await connect()).caller(signal)).not.toHaveProperty('principal');
  });

  test('is warned of when the token never ends', async () => {
    await mount.write({ token: serviceAccountToken({}), 'ca.crt': caPem });
    const { warnings } = await (await connect()).caller(signal);
    expect(warnings).toEqual([expect.stringMatching(/never ends.*Secret.*projected token/u)]);
  });

  test('is granted nothing but what binds the service account of deploy/', () => {
    const { access } = createInClusterCloud(mount.account);
    const { subject, grants } = access.grants({}, context);
    expect(subject).toEqual({ kind: 'ServiceAccount', name: 'firebreak', namespace: 'firebreak' });
    expect(grants.map(({ text }) => parse(text))).toMatchObject([
      { kind: 'ServiceAccount', metadata: { name: 'firebreak', namespace: 'firebreak' } },
    ]);
  });
});

describe('a refused token of a pod', () => {
  test('that has ended is said to have, with the reason why the kubelet does not renew one', async () => {
    await mount.write({ token: serviceAccountToken({ exp: seconds('2025-12-31') }), 'ca.crt': caPem });
    const explained = await (await connect()).explain?.(refused, signal);
    expect(explained?.code).toBe('not-authenticated');
    expect(explained?.sentence).toMatch(/ended at 2025-12-31T00:00:00.000Z and was not renewed.*subPath/u);
  });

  test('that has not ended is no explanation, and neither is any other failure', async () => {
    await mount.write({ token: serviceAccountToken({ exp: seconds('2026-01-02') }), 'ca.crt': caPem });
    expect(await (await connect()).explain?.(refused, signal)).toBe(refused);
    await mount.write({ token: serviceAccountToken({ exp: seconds('2025-12-31') }), 'ca.crt': caPem });
    const other = new FirebreakError({ code: 'cluster-timeout', message: 'No.', next: 'Look.' });
    expect(await (await connect()).explain?.(other, signal)).toBe(other);
  });
});
