import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ZodError } from 'zod';
import { createTestAuthority } from '../../test/contracts/cloud-certificates.ts';
import { serviceAccountToken } from '../../test/contracts/service-account-token.ts';
import type { CloudContext } from '../core/cloud.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { clouds } from './index.ts';
import { kubeconfig } from './kubeconfig.ts';

const signal = new AbortController().signal;
const authority = createTestAuthority('kubeconfig');
const pair = authority.issue(['responder']);
const inline = (text: string): string => Buffer.from(text).toString('base64');

let home: string;
let context: CloudContext;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'firebreak-clouds-'));
  await mkdir(join(home, 'deep'));
  context = {
    ...{ cluster: 'lab', identity: 'read', home, baseDir: join(home, 'deep') },
    clock: systemClock,
    environment: {},
  };
});
afterEach(() => rm(home, { recursive: true, force: true }));

const write = (path: string, text: string): Promise<void> => writeFile(join(home, path), text);
const config = (cluster: object, user: object, rest: object = {}): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    'current-context': 'lab',
    clusters: [
      { name: 'lab', cluster: { server: 'https://10.0.0.1:6443', ...cluster } },
      { name: 'broken', cluster: { server: 7 } },
    ],
    users: [
      { name: 'me', user },
      { name: 'plugin', user: { exec: { command: 'aws' } } },
    ],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me', namespace: 'a' } }],
    ...rest,
  });
const connect = (options: object) =>
  kubeconfig.access.connect(kubeconfig.access.readOptions(options), context, signal);

describe('a kubeconfig', () => {
  it('is in the registry of providers', () => {
    expect(clouds.map((cloud) => cloud.provider)).toContain('kubeconfig');
  });

  it('gives address, CA, names and credentials as the file has them', async () => {
    await write(
      'config',
      config(
        {
          'certificate-authority-data': inline(authority.caPem),
          'tls-server-name': 'api.lab.example',
          'proxy-url': 'socks5://127.0.0.1:1080',
        },
        { 'client-certificate-data': inline(pair.certPem), 'client-key-data': inline(pair.keyPem) },
      ),
    );
    const access = await connect({ path: '~/config' });
    expect(access.server.href).toBe('https://10.0.0.1:6443/');
    expect(access.caPem).toBe(authority.caPem);
    expect(access.tlsServerName).toBe('api.lab.example');
    expect(access.proxyUrl?.href).toBe('socks5://127.0.0.1:1080');
    expect(access.clientCertificate).toEqual(pair);
    expect(await access.token(signal)).toBeUndefined();
  });

  it('reads files beside itself, wherever Firebreak was started', async () => {
    await write('deep/ca.pem', authority.caPem);
    await write('deep/cert.pem', pair.certPem);
    await write('deep/key.pem', pair.keyPem);
    await write('token', 'from-the-home\n');
    await write(
      'deep/config',
      config(
        { 'certificate-authority': 'ca.pem' },
        { 'client-certificate': './cert.pem', 'client-key': 'key.pem', tokenFile: '../token' },
      ),
    );
    const access = await connect({ path: 'config', context: 'lab' });
    expect(access.caPem).toBe(authority.caPem);
    expect(access.clientCertificate).toEqual(pair);
    expect(await access.token(signal)).toBe('from-the-home');
  });

  it('takes inline data before a file, and the token file before a token, as kubectl does', async () => {
    await write('token', 'renewed');
    await write(
      'config',
      config(
        { 'certificate-authority-data': inline(authority.caPem), 'certificate-authority': 'gone.pem' },
        { token: 'first', tokenFile: 'token' },
      ),
    );
    const access = await connect({ path: '~/config' });
    expect(access.caPem).toBe(authority.caPem);
    expect(await access.token(signal)).toBe('renewed');
  });

  it('lets firebreak.yml override address, name and proxy', async () => {
    await write('config', config({ 'tls-server-name': 'a', 'proxy-url': 'http://p:1' }, { token: 'abc' }));
    const access = await connect({
      path: '~/config',
      server: 'https://other.example',
      tlsServerName: 'b',
      proxyUrl: 'socks5://q:2',
    });
    expect([access.server.href, access.tlsServerName, access.proxyUrl?.href]).toEqual([
      'https://other.example/',
      'b',
      'socks5://q:2',
    ]);
  });

  it.each([
    [{ path: 'c', server: 'http://plain.example' }, 'server'],
    [{ path: 'c', proxyUrl: 'ftp://plain.example' }, 'proxyUrl'],
    [{ path: '' }, 'path'],
    [{}, 'path'],
  ])('refuses the keys %j', (options, key) => {
    let thrown: unknown;
    try {
      kubeconfig.access.readOptions(options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ZodError);
    expect(thrown instanceof ZodError && thrown.issues[0]?.path).toEqual([key]);
  });

  it.each([
    ['no current context', { 'current-context': '' }, /no current context.*one of: lab/u],
    ['a context without its cluster', { clusters: [] }, /names no cluster "lab"/u],
    ['a context without its user', { users: null }, /names no user "me"/u],
    ['contexts that are no list', { contexts: 'lab' }, /contexts has the wrong shape/u],
  ])('says what is wrong with %s', async (_what, rest, says) => {
    await write('config', config({}, { token: 'abc' }, rest));
    await expect(connect({ path: '~/config' })).rejects.toMatchObject({
      code: 'config-invalid',
      sentence: expect.stringMatching(says),
    });
  });

  it('follows a client certificate that was renewed, by connecting again', async () => {
    const renewed = authority.issueClient('responder');
    const user = (certificate: typeof pair): object => ({
      'client-certificate-data': inline(certificate.certPem),
      'client-key-data': inline(certificate.keyPem),
    });
    await write('config', config({}, user(pair)));
    const access = await connect({ path: '~/config' });
    await write('config', config({}, user(renewed)));
    await expect(access.token(signal)).rejects.toMatchObject({ code: 'cluster-unreachable' });
    expect((await connect({ path: '~/config' })).clientCertificate).toEqual(renewed);
  });

  it('never gives the new token to the old address when the file leads elsewhere', async () => {
    await write('config', config({}, { token: 'old' }));
    const access = await connect({ path: '~/config' });
    expect(await access.token(signal)).toBe('old');
    await write('next', config({ server: 'https://10.0.0.2:6443' }, { token: 'new' }));
    await rename(join(home, 'next'), join(home, 'config'));
    await expect(access.token(signal)).rejects.toMatchObject({ code: 'cluster-unreachable' });
    expect(await (await connect({ path: '~/config' })).token(signal)).toBe('new');
  });
});

describe('who Firebreak is by a kubeconfig', () => {
  const caller = async (user: object) => {
    await write('config', config({}, user));
    return (await connect({ path: '~/config' })).caller(signal);
  };

  it('is whom the client certificate names, with what is to be said of its end', async () => {
    const { certPem, keyPem } = authority.issueClient('responder');
    const lastHour = new Date(new X509Certificate(certPem).validToDate.getTime() - 3_600_000);
    context = { ...context, clock: { ...systemClock, now: () => lastHour } };
    const { source, principal, warnings } = await caller({
      'client-certificate-data': inline(certPem),
      'client-key-data': inline(keyPem),
      // The API server looks at no token once it took the certificate.
      token: 'abc',
    });
    expect(source).toBe(`the client certificate in the kubeconfig ${home}/config`);
    expect(principal).toBe('responder');
    expect(warnings).toEqual([expect.stringMatching(/certificate ends within a day/u)]);
  });

  it('is whom a service account token names; one that stands in the file works, and is warned of', async () => {
    const token = serviceAccountToken({});
    const { source, principal, warnings } = await caller({ token });
    expect(source).toBe(`the token in the kubeconfig ${home}/config`);
    expect(principal).toBe('system:serviceaccount:firebreak:firebreak');
    expect(warnings).toEqual([expect.stringMatching(/does not say when it ends/u)]);
  });

  it('is not warned of when the token is in a file that is renewed', async () => {
    await write('token', serviceAccountToken({}));
    const { source, warnings } = await caller({ tokenFile: 'token' });
    expect(source).toBe(`the token file in the kubeconfig ${home}/config`);
    expect(warnings).toEqual([]);
  });
});

describe('a kubeconfig as oc login writes it', () => {
  // Source: openshift/oc, pkg/helpers/kubeconfig: names of host and port, with dots as dashes, and the user before them.
  const login = (cluster: object, user: object): string =>
    stringify({
      apiVersion: 'v1',
      clusters: [
        { cluster: { server: 'https://api.ocp.example:6443', ...cluster }, name: 'api-ocp-example:6443' },
      ],
      contexts: [
        {
          context: {
            cluster: 'api-ocp-example:6443',
            namespace: 'default',
            user: 'alice/api-ocp-example:6443',
          },
          name: 'default/api-ocp-example:6443/alice',
        },
      ],
      'current-context': 'default/api-ocp-example:6443/alice',
      kind: 'Config',
      preferences: {},
      users: [{ name: 'alice/api-ocp-example:6443', user }],
    });
  const TOKEN = { token: 'sha256~VdqTzJ7c3QnCp4lyPz0s3aaV9Nn1m7V7C0sV0d8e1xY' };

  it('leads to the cluster by a context with slashes, and warns of a login that is a person', async () => {
    await write('config', login({ 'certificate-authority-data': inline(authority.caPem) }, TOKEN));
    for (const options of [{}, { context: 'default/api-ocp-example:6443/alice' }]) {
      const access = await connect({ path: '~/config', ...options });
      expect(access.server.href).toBe('https://api.ocp.example:6443/');
      expect(access.caPem).toBe(authority.caPem);
      expect(await access.token(signal)).toBe(TOKEN.token);
      expect((await access.caller(signal)).warnings).toEqual([
        expect.stringMatching(/OpenShift login of a person/u),
      ]);
    }
  });

  it('trusts the public roots where oc found the certificate good by them', async () => {
    await write('config', login({}, TOKEN));
    expect((await connect({ path: '~/config' })).caPem).toBeUndefined();
  });

  it.each([
    [
      'a login without verification',
      { 'insecure-skip-tls-verify': true },
      TOKEN,
      'config-invalid',
      /insecure-skip-tls-verify.*certificate-authority-data/u,
    ],
    [
      'a login by an outside identity provider, which runs oc',
      {},
      { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'oc', args: ['get-token'] } },
      'cluster-credentials',
      /program "oc".*oc create token/u,
    ],
  ] as const)('refuses %s', async (_what, cluster, user, code, says) => {
    await write('config', login(cluster, user));
    await expect(connect({ path: '~/config' })).rejects.toMatchObject({
      code,
      sentence: expect.stringMatching(says),
    });
  });
});
