import { beforeEach, expect, test, vi } from 'vitest';
import type { ConfiguredCluster } from './config/context.ts';
import { ConnectedClusters, type OpenedClient } from './connected-clusters.ts';
import type { Cloud, CloudAccess, ClusterAccess, OnBehalfOf } from './core/cloud.ts';
import { systemClock } from './runtime/system-clock.ts';

const access: ClusterAccess = {
  server: new URL('https://127.0.0.1:6443'),
  token: async () => undefined,
  forgetToken: () => undefined,
  caller: async () => ({ source: 'a test', warnings: [] }),
};

/** The clients that were closed, in this order. */
let closed: string[] = [];
beforeEach(() => {
  closed = [];
});

const clustersOf = (connect: CloudAccess['connect']): ConnectedClusters => {
  const cloud: Cloud = {
    provider: 'kubeconfig',
    access: {
      readOptions: (options) => options,
      connect,
      grants: () => ({ subject: { kind: 'User', name: 'tester' }, grants: [] }),
    },
  };
  const lab: ConfiguredCluster = {
    name: 'lab',
    provider: 'kubeconfig',
    cloud,
    options: { read: 'read', act: 'act', node: 'node' },
    namespaces: [],
    parts: [],
    guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
    identities: 'read and act',
  };
  const clientOf = (name: string): OpenedClient => ({
    get: async () => ({}),
    list: async () => [],
    allowed: async () => false,
    whoAmI: async () => ({ username: name, groups: [], extra: {} }),
    as: ({ user }) => clientOf(user),
    version: async () => 'v1.36.2',
    logs: () => Promise.reject(new Error('not asked')),
    exec: () => Promise.reject(new Error('not asked')),
    patch: () => Promise.reject(new Error('not asked')),
    close: () => {
      closed.push(name);
    },
  });
  return new ConnectedClusters({
    clusters: [lab],
    context: { home: '/', baseDir: '/', clock: systemClock, environment: {} },
    open: (_access, _cluster, { onBehalfOf }) => clientOf(onBehalfOf?.run ?? 'reader'),
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

test('the reading connection is made once, and a failure is tried again', async () => {
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
  expect(Object.keys(reader).toSorted()).toEqual(['acting', 'allowed', 'get', 'list', 'server', 'version']);
  await expect(clusters.reader('gone', signal)).rejects.toMatchObject({ code: 'cluster-unknown' });
});

const forRun = (run: string): { readonly identity: 'act'; readonly onBehalfOf: OnBehalfOf } => ({
  identity: 'act',
  onBehalfOf: { run, case: 'FB-2026-0001', requester: 'U1', approvers: ['U2'] },
});

test('each run is connected by the acting identity in its own name, and its connection ends with it', async () => {
  const seen: unknown[] = [];
  const clusters = clustersOf(async (options, { identity, onBehalfOf }) => {
    seen.push([options, identity, onBehalfOf?.run]);
    return access;
  });
  const { signal } = new AbortController();
  await clusters.reader('lab', signal);
  {
    using one = await clusters.forRun('lab', forRun('FB-2026-0001-1'), signal);
    expect(await one.client.version(signal)).toBe('v1.36.2');
    expect(closed).toEqual([]);
  }
  expect(closed).toEqual(['FB-2026-0001-1']);
  await clusters.forRun('lab', forRun('FB-2026-0001-2'), signal);
  await clusters.close();
  expect(closed).toEqual(['FB-2026-0001-1', 'FB-2026-0001-2', 'reader']);
  expect(seen).toEqual([
    ['read', 'read', undefined],
    ['act', 'act', 'FB-2026-0001-1'],
    ['act', 'act', 'FB-2026-0001-2'],
  ]);
});

test('a run that gives up while it is connected leaves no connection behind', async () => {
  const connecting = Promise.withResolvers<ClusterAccess>();
  const clusters = clustersOf(() => connecting.promise);
  const leaving = new AbortController();
  const left = clusters.forRun('lab', forRun('FB-2026-0001-1'), leaving.signal);
  leaving.abort(new Error('cancelled'));
  await expect(left).rejects.toThrow('cancelled');
  connecting.resolve(access);
  await vi.waitFor(() => expect(closed).toEqual(['FB-2026-0001-1']));
});
