import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ZodError } from 'zod';
import { createTestAuthority } from '../../test/contracts/cloud-certificates.ts';
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
