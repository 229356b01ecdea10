import { describe, expect, test } from 'vitest';
import type { ClusterRule, ClusterRules } from '../../src/core/cluster.ts';
import { IMPERSONATED_EXTRAS } from '../../src/core/impersonation.ts';
import { checkClusters } from '../../src/flow/check/check-clusters.ts';
import type { Look } from '../../src/flow/clusters.ts';
import { checkDeps, checkedEntry, notAllowed, playedLook } from './check-deps.ts';

const never = new AbortController().signal;
const AUTHENTICATION = 'authentication.k8s.io';

const impersonate = (resource: string, names: readonly string[] = [], group = ''): ClusterRule => ({
  ...{ verbs: ['impersonate'], groups: [group], resources: [resource], names },
});
/** What `firebreak permissions one --identity act` prints. */
const PRINTED: readonly ClusterRule[] = [
  impersonate('users', ['firebreak:one']),
  {
    ...impersonate('userextras', [], AUTHENTICATION),
    resources: IMPERSONATED_EXTRAS.map((key) => `userextras/${key}`),
  },
];
/** Allowed by the access reviews: what is printed, and nothing that they ask as an example. */
const printedAllowed: Look['allowed'] = async ({ verb, resource, subresource }, { name }) =>
  verb !== 'impersonate' ||
  name === 'firebreak:one' ||
  (resource === 'userextras' && IMPERSONATED_EXTRAS.some((key) => key === subresource));

const rowOf = async (
  rulesIn: Look['rulesIn'],
  identity: 'read' | 'act' = 'act',
  more: Partial<Look> = {},
) => {
  const look = playedLook({ allowed: printedAllowed, allowedAs: () => async () => true, rulesIn, ...more });
  const parts = await checkClusters(
    checkDeps(async () => look, { identitiesOf: () => [identity] }),
    [checkedEntry('one', { identities: identity === 'read' ? 'read and act' : 'one for all' })],
    never,
  );
  return parts.flatMap(({ rows }) => rows).find(({ what }) => what === 'audit log names');
};
const listed =
  (...rules: readonly ClusterRule[]) =>
  async (): Promise<ClusterRules> => ({ rules, listed: 'all' });

describe('what an identity may impersonate, by the rules that the cluster lists', () => {
  test('is fine where it is what is printed, whatever else it may do', async () => {
    const row = await rowOf(
      listed(...PRINTED, {
        ...{ verbs: ['*'], groups: ['apps'], resources: ['*'], names: [] },
      }),
    );
    expect(row).toMatchObject({ verdict: 'ok', found: 'run and people, as extras of firebreak:one' });
  });

  test.each<[string, ClusterRule]>([
    ['users alice', impersonate('users', ['alice', 'firebreak:one'])],
    ['users other than firebreak:one', impersonate('users')],
    ['groups auditors', impersonate('groups', ['auditors'])],
    ['service accounts builder in payments', impersonate('serviceaccounts', ['builder'])],
    ['user ids 7', impersonate('uids', ['7'], AUTHENTICATION)],
    ['extras scopes', impersonate('userextras/scopes', [], AUTHENTICATION)],
    ['extras scopes', impersonate('*/scopes', [], '*')],
    [
      'users by impersonate:user-info',
      { ...impersonate('users', [], AUTHENTICATION), verbs: ['impersonate:user-info'] },
    ],
  ])('names %s, which no example has', async (what, rule) => {
    const row = await rowOf(async (namespace) => ({
      rules: namespace === 'payments' ? [...PRINTED, rule] : PRINTED,
      listed: 'all',
    }));
    expect(row).toMatchObject({
      verdict: 'failed',
      found: `it may impersonate more than firebreak:one: ${what}`,
      next: 'Limit it to what firebreak permissions one --identity act prints.',
    });
  });

  test('names all of it where everything is allowed, each once', async () => {
    const all: ClusterRule = { verbs: ['*'], groups: ['*'], resources: ['*'], names: [] };
    const row = await rowOf(listed(all), 'act', { allowed: async () => true });
    expect(row?.found).toBe(
      'it may impersonate more than firebreak:one: users other than firebreak:one, groups, service accounts, user ids, extras other than requester, approvers, run, case',
    );
  });

  test('is looked at in kube-system too', async () => {
    const row = await rowOf(async (namespace) => ({
      rules: namespace === 'kube-system' ? [impersonate('serviceaccounts', ['default'])] : PRINTED,
      listed: 'all',
    }));
    expect(row?.found).toContain('service accounts default in kube-system');
  });

  test.each<[string, Look['rulesIn']]>([
    ['some', async () => ({ rules: PRINTED, listed: 'some' })],
    ['none', () => Promise.reject(notAllowed())],
  ])('rests on examples where the cluster lists %s, and says so', async (_which, rulesIn) => {
    expect(await rowOf(rulesIn)).toMatchObject({
      verdict: 'ok',
      found:
        'run and people, as extras of firebreak:one; the cluster does not list all that it may, so examples were asked for',
    });
    const row = await rowOf(rulesIn, 'act', { allowed: async () => true });
    expect(row).toMatchObject({ verdict: 'failed' });
  });

  test('is to be nothing for an identity that plans, the one user neither', async () => {
    const [user] = PRINTED;
    const none = async ({ verb }: { verb: string }) => verb !== 'impersonate';
    expect(await rowOf(listed(), 'read', { allowed: none })).toBeUndefined();
    const row = await rowOf(listed(...(user === undefined ? [] : [user])), 'read', { allowed: none });
    expect(row).toMatchObject({
      verdict: 'failed',
      found: 'planning may impersonate users firebreak:one',
    });
  });
});
