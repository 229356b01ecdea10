import { expect, test } from 'vitest';
import type { ConfiguredCluster } from './config/context.ts';
import { ConnectedClusters } from './connected-clusters.ts';
import type { Cloud, ClusterAccess } from './core/cloud.ts';
import type { ClusterClient, ClusterWriter } from './core/cluster.ts';
import { systemClock } from './runtime/system-clock.ts';

const access: ClusterAccess = {
  server: new URL('https://127.0.0.1:6443'),
  token: async () => undefined,
  forgetToken: () => undefined,
};

const clustersOf = (connect: Cloud['connect']): ConnectedClusters => {
  const cloud: Cloud = { provider: 'kubeconfig', readOptions: (options) => options, connect };
  const lab: ConfiguredCluster = {
    name: 'lab',
    provider: 'kubeconfig',
    cloud,
    options: { read: 'read', act: 'act' },
    namespaces: [],
    guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
    identities: 'read and act',
  };
  const client: ClusterClient & ClusterWriter & { close(): void } = {
    get: async () => ({}),
    list: async () => [],
    allowed: async () => true,
    version: async () => 'v1.36.2',
    logs: () => Promise.reject(new Error('not asked')),
    exec: () => Promise.reject(new Error('not asked')),
    patch: () => Promise.reject(new Error('not asked')),
    close: () => undefined,
  };
  return new ConnectedClusters({
    clusters: [lab],
    context: { home: '/', baseDir: '/', clock: systemClock, environment: {} },
    open: () => client,
  });
};

test('one who gives up waiting does not take the connection from another who waits for it', async () => {
  const connecting = Promise.withResolvers<ClusterAccess>();
  const clusters = clustersOf((_options, _context, signal) => {
    signal.addEventListener('abort', () => connecting.reject(signal.reason));
    return connecting.promise;
  });
  const impatient = new AbortController();
  const first = clusters.reader('lab', impatient.signal);
  const second = clusters.reader('lab', new AbortController().signal);
  impatient.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  connecting.resolve(access);
  expect((await second).server).toBe('https://127.0.0.1:6443');
});

test('each identity is connected once, a failure is tried again, and reading never uses what acts', async () => {
  const used: unknown[] = [];
  let fail = true;
  const clusters = clustersOf(async (options) => {
    used.push(options);
    if (fail) throw new Error('no credentials');
    return access;
  });
  const { signal } = new AbortController();
  await expect(clusters.reader('lab', signal)).rejects.toThrow('no credentials');
  fail = false;
  await Promise.all([clusters.reader('lab', signal), clusters.reader('lab', signal)]);
  expect(used).toEqual(['read', 'read']);
  const reader = await clusters.reader('lab', signal);
  expect(Object.keys(reader).toSorted()).toEqual(['allowed', 'get', 'list', 'server', 'version']);
  await clusters.client('lab', 'act', signal);
  expect(used).toEqual(['read', 'read', 'act']);
  await expect(clusters.reader('gone', signal)).rejects.toMatchObject({ code: 'cluster-unknown' });
});
