import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccessRule } from '../../sandbox/cluster/access/user.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { type Attribution, attributionOf } from '../../src/flow/attribution.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';

const USER = 'firebreak:lab';
const KEYS = ['requester', 'approvers', 'run', 'case'];
const AUTHENTICATION = 'authentication.k8s.io';

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ containers: 'no shell' });
});
afterAll(() => cluster?.close());

const impersonate = (
  apiGroup: string,
  resource: string,
  resourceNames: readonly string[] = [],
): AccessRule => ({
  ...{ verbs: ['impersonate'], apiGroups: [apiGroup], resources: [resource], resourceNames },
});
const extras = (keys: readonly string[]): AccessRule => ({
  ...{ verbs: ['impersonate'], apiGroups: [AUTHENTICATION] },
  resources: keys.map((key) => `userextras/${key}`),
});
const ONE_USER = impersonate('', 'users', [USER]);
/** What is asked for in the documentation. */
const LEAST = [ONE_USER, extras(KEYS)];

let users = 0;
const found = async (rules: readonly AccessRule[], name = 'lab'): Promise<Attribution> => {
  users += 1;
  const { token } = cluster.addUser(`user-${users}`, rules);
  const client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, token));
  try {
    return await attributionOf(client, { name, namespaces: ['payments'] }, new AbortController().signal);
  } finally {
    client.close();
  }
};

test('an identity that may impersonate the one user and the four keys acts as that user', async () => {
  expect(await found(LEAST)).toEqual({ kind: 'impersonated', user: USER });
});

test('an identity that may impersonate nothing is known by its user agent, and says what is missing', async () => {
  expect(await found([])).toEqual({
    kind: 'user agent',
    why: `it may not impersonate users ${USER}, userextras/requester, userextras/approvers, userextras/run, userextras/case`,
  });
});

test('half of it is not enough, and the user of another cluster is none', async () => {
  expect(await found([ONE_USER, extras(['requester', 'run', 'case'])])).toEqual({
    kind: 'user agent',
    why: 'it may not impersonate userextras/approvers',
  });
  expect(await found(LEAST, 'other')).toEqual({
    kind: 'user agent',
    why: 'it may not impersonate users firebreak:other',
  });
});

test('a key that is limited to some values is not enough, since each run has its own', async () => {
  const limited = impersonate(AUTHENTICATION, 'userextras/run', ['FB-2026-0001-1']);
  expect(await found([ONE_USER, extras(['requester', 'approvers', 'case']), limited])).toEqual({
    kind: 'user agent',
    why: 'it may not impersonate userextras/run',
  });
});

test.each<{ readonly more: AccessRule; readonly what: string }>([
  { more: impersonate('', 'users'), what: `users other than ${USER}` },
  { more: impersonate('', 'users', ['kubernetes-admin']), what: `users other than ${USER}` },
  { more: impersonate('', 'groups'), what: 'groups' },
  { more: impersonate('', 'groups', ['system:masters']), what: 'groups' },
  { more: impersonate('', 'serviceaccounts'), what: 'service accounts' },
  {
    more: { ...impersonate('', 'serviceaccounts'), namespaces: ['payments'] },
    what: 'service accounts',
  },
  { more: impersonate(AUTHENTICATION, 'uids'), what: 'user ids' },
  { more: impersonate(AUTHENTICATION, '*'), what: 'user ids' },
  {
    more: extras(['scopes.authorization.openshift.io']),
    what: 'extras other than requester, approvers, run, case',
  },
])('an identity that may impersonate $what too may impersonate too much', async ({ more, what }) => {
  const attribution = await found([...LEAST, more]);
  expect(attribution.kind).toBe('too much');
  expect(attribution).toHaveProperty('what', expect.arrayContaining([what]));
});

test('whoever may do everything may impersonate too much, each thing once', async () => {
  expect(await found([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }])).toEqual({
    kind: 'too much',
    what: [
      `users other than ${USER}`,
      'groups',
      'service accounts',
      'user ids',
      'extras other than requester, approvers, run, case',
    ],
  });
});
