import { beforeEach, expect, test, vi } from 'vitest';
import type { ConfiguredCluster } from './config/context.ts';
import { ConnectedClusters, type OpenedClient } from './connected-clusters.ts';
import type { Clock } from './core/clock.ts';
import type { Cloud, CloudAccess, ClusterAccess, OnBehalfOf } from './core/cloud.ts';
import { FirebreakError } from './core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from './core/foothold.ts';
import type { Impersonation } from './core/impersonation.ts';
import type { Permission } from './core/permission.ts';
import { systemClock } from './runtime/system-clock.ts';

const access: ClusterAccess = {
  server: new URL('https://127.0.0.1:6443'),
  token: async () => undefined,
  forgetToken: () => undefined,
  caller: async () => ({ source: 'a test', warnings: [] }),
};

/** The clients that were closed, in this order. */
let closed: string[] = [];
/** What was asked of the cluster, as whom. */
let asked: { readonly as: Impersonation | undefined; readonly permission: Permission }[] = [];
/** As whom something was read. */
let readAs: (Impersonation | undefined)[] = [];
let monotonicMs = 0;
beforeEach(() => {
  closed = [];
  asked = [];
  readAs = [];
  monotonicMs = 0;
});
const clock: Clock = { ...systemClock, monotonicMs: () => monotonicMs };

interface Lab {
  readonly identities?: ConfiguredCluster['identities'];
  readonly allowed?: (permission: Permission, name: string) => boolean | Promise<boolean>;
}

const clustersOf = (
  connect: CloudAccess['connect'],
  { identities = 'read and act', allowed = () => false }: Lab = {},
): ConnectedClusters => {
  const cloud: Cloud = {
    provider: 'kubeconfig',
    access: {
      secretVariables: [],
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
    ...{ footholds: DEFAULT_FOOTHOLDS, isolation: DEFAULT_ISOLATION },
    identities,
  };
  const clientOf = (name: string, as?: Impersonation): OpenedClient => ({
    get: async () => {
      readAs.push(as);
      return {};
    },
    list: async () => [],
    allowedFor: async () => false,
    allowed: async (permission, where) => {
      asked.push({ as, permission });
      return allowed(permission, where.name ?? '');
    },
    whoAmI: async () => ({ username: name, groups: [], extra: {} }),
    rulesIn: async () => ({ rules: [], listed: 'all' }),
    as: (impersonation) => clientOf(name, impersonation),
    version: async () => 'v1.36.2',
    logs: () => Promise.reject(new Error('not asked')),
    exec: () => Promise.reject(new Error('not asked')),
    write: () => Promise.reject(new Error('not asked')),
    close: () => {
      closed.push(name);
    },
  });
  return new ConnectedClusters({
    clusters: [lab],
    context: { home: '/', baseDir: '/', clock, environment: {} },
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
  expect(Object.keys(reader).toSorted()).toEqual([
    'acting',
    'allowed',
    'allowedFor',
    'get',
    'list',
    'server',
    'version',
  ]);
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

const theOneUser = (permission: Permission, name: string): boolean =>
  permission.verb === 'impersonate' &&
  (name === 'firebreak:lab' ||
    ['requester', 'approvers', 'run', 'case'].includes(permission.subresource ?? ''));
const reviews = (): number => asked.filter(({ permission }) => permission.verb === 'impersonate').length;
const PODS = { group: '', version: 'v1', resource: 'pods' };
const { signal: unaborted } = new AbortController();
const connectAtOnce: CloudAccess['connect'] = async () => access;

test('a run acts as the one user with the person in its extras, where the identity may be just that', async () => {
  const clusters = clustersOf(connectAtOnce, { allowed: theOneUser });
  using acting = await clusters.forRun('lab', forRun('FB-2026-0001-1'), unaborted);
  await acting.client.get(PODS, unaborted);
  expect(readAs).toEqual([
    {
      user: 'firebreak:lab',
      extra: { requester: ['U1'], approvers: ['U2'], run: ['FB-2026-0001-1'], case: ['FB-2026-0001'] },
    },
  ]);
  const { onBehalfOf } = forRun('FB-2026-0001-2');
  const nobodyApproved = { identity: 'act', onBehalfOf: { ...onBehalfOf, approvers: [] } } as const;
  using free = await clusters.forRun('lab', nobodyApproved, unaborted);
  await free.client.get(PODS, unaborted);
  expect(Object.keys(readAs[1]?.extra ?? {})).toEqual(['requester', 'run', 'case']);
});

test.each<{ readonly who: string; readonly allowed: Lab['allowed'] }>([
  { who: 'nobody', allowed: () => false },
  { who: 'everybody', allowed: () => true },
  {
    who: 'nobody that it could ask about',
    allowed: () => Promise.reject(new FirebreakError({ code: 'not-allowed', message: 'No.', next: 'Ask.' })),
  },
])('a run acts as the identity itself where that may impersonate $who', async ({ allowed = () => false }) => {
  const clusters = clustersOf(connectAtOnce, { allowed });
  using acting = await clusters.forRun('lab', forRun('FB-2026-0001-1'), unaborted);
  await acting.client.get(PODS, unaborted);
  expect(readAs).toEqual([undefined]);
});

test('a run that can’t learn what it may be does not begin, and the next one asks again', async () => {
  let answers = false;
  const clusters = clustersOf(connectAtOnce, {
    allowed: async () => {
      if (answers) return false;
      throw new FirebreakError({ code: 'cluster-unreachable', message: 'It is away.', next: 'Wait.' });
    },
  });
  await expect(clusters.forRun('lab', forRun('FB-2026-0001-1'), unaborted)).rejects.toMatchObject({
    code: 'cluster-unreachable',
  });
  expect(closed).toEqual(['FB-2026-0001-1']);
  answers = true;
  using acting = await clusters.forRun('lab', forRun('FB-2026-0001-2'), unaborted);
  expect(await acting.client.version(unaborted)).toBe('v1.36.2');
});

test('a run is not ended by the end of another that asked for both what they may be', async () => {
  const asking = Promise.withResolvers<boolean>();
  let answers = false;
  const clusters = clustersOf(connectAtOnce, { allowed: () => answers || asking.promise });
  const leaving = new AbortController();
  const left = clusters.forRun('lab', forRun('FB-2026-0001-1'), leaving.signal);
  await vi.waitFor(() => expect(reviews()).toBeGreaterThan(0));
  const stays = clusters.forRun('lab', forRun('FB-2026-0001-2'), unaborted);
  leaving.abort(new Error('cancelled'));
  await expect(left).rejects.toThrow('cancelled');
  expect(closed).toEqual(['FB-2026-0001-1']);
  answers = true;
  asking.reject(new Error('its connection was closed'));
  using acting = await stays;
  expect(await acting.client.version(unaborted)).toBe('v1.36.2');
});

test('what an identity may be is asked once in five minutes for each identity', async () => {
  const clusters = clustersOf(connectAtOnce, { allowed: theOneUser });
  const acts = async (): Promise<void> => {
    using _ = await clusters.forRun('lab', forRun('FB-2026-0001-1'), unaborted);
  };
  await Promise.all([acts(), acts()]);
  const once = reviews();
  monotonicMs = 5 * 60_000 - 1;
  await acts();
  expect(reviews()).toBe(once);
  monotonicMs += 1;
  await acts();
  expect(reviews()).toBe(2 * once);
  const reader = await clusters.reader('lab', unaborted);
  await reader.acting(unaborted);
  expect(reviews()).toBe(3 * once);
});

test('with one identity for all, planning asks what a run may as the user that it would be', async () => {
  const clusters = clustersOf(connectAtOnce, { allowed: theOneUser, identities: 'one for all' });
  const reader = await clusters.reader('lab', unaborted);
  const acting = await reader.acting(unaborted);
  expect(acting.user).toBe('firebreak:lab');
  asked = [];
  const permission = { verb: 'get', group: '', resource: 'pods' } as const;
  await acting.allowed(permission, {}, unaborted);
  await reader.allowed(permission, {}, unaborted);
  expect(asked).toEqual([
    { as: { user: 'firebreak:lab', extra: {} }, permission },
    { as: undefined, permission },
  ]);
  using _ = await clusters.forRun('lab', forRun('FB-2026-0001-1'), unaborted);
  expect(reviews()).toBe(0);
  const itself = clustersOf(connectAtOnce, { identities: 'one for all' });
  expect(await (await itself.reader('lab', unaborted)).acting(unaborted)).not.toHaveProperty('user');
});

test('a look is a connection of its own by any identity and for no run, and ends when it is disposed of', async () => {
  const seen: unknown[] = [];
  const clusters = clustersOf(async (_options, { identity, onBehalfOf }) => {
    seen.push([identity, onBehalfOf]);
    return access;
  });
  {
    using look = await clusters.look('lab', 'node', unaborted);
    expect(look.server).toBe('https://127.0.0.1:6443');
    expect(await look.caller(unaborted)).toEqual({ source: 'a test', warnings: [] });
    expect((await look.whoAmI(unaborted)).username).toBe('reader');
  }
  expect(closed).toEqual(['reader']);
  expect(seen).toEqual([['node', undefined]]);
  expect(reviews()).toBe(0);
});
