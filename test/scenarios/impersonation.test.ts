import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { writeKubeconfigFor } from './write-kubeconfig.ts';

const USER = 'firebreak:prod-cluster';
const RBAC = 'rbac.authorization.k8s.io';

const clusterRole = (name: string, rules: readonly object[]) => ({
  ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name } },
  rules,
});
const binding = (role: string, user: string) => ({
  ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: `${role}-${user}` } },
  subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
});

/** The reading rights are the identity's own; what a run needs is the impersonated user's. */
const grant = (cluster: StandInCluster): void => {
  const rulesOf = (name: string) => cluster.users.find((user) => user.name === name)?.rules ?? [];
  cluster.addUser('impersonator', rulesOf('reader'));
  cluster.addObject(
    clusterRole('firebreak-impersonation', [
      { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: [USER] },
      {
        verbs: ['impersonate'],
        apiGroups: ['authentication.k8s.io'],
        resources: ['requester', 'approvers', 'run', 'case'].map((key) => `userextras/${key}`),
      },
    ]),
  );
  cluster.addObject(clusterRole('firebreak', rulesOf('responder')));
  cluster.addObject(binding('firebreak-impersonation', 'impersonator'));
};

/** `users` by their contexts in the kubeconfig: one for all, or the one that reads and the one that acts. */
const scenarioAs = async (
  users: readonly [string] | readonly [read: string, act: string],
  prepare: (cluster: StandInCluster) => void,
): Promise<Scenario> => {
  const [read, act = read] = users;
  const scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
    config: { cluster: { identities: { read: { context: read }, act: { context: act } } } },
  });
  const { cluster } = scenario.incident;
  prepare(cluster);
  writeKubeconfigFor(cluster, join(scenario.dataDir, 'sandbox', 'kubeconfig'), users);
  await scenario.start();
  return scenario;
};

let impersonating: Scenario;
let plain: Scenario;
let apart: Scenario;
beforeAll(async () => {
  impersonating = await scenarioAs(['impersonator'], grant);
  plain = await scenarioAs(['responder'], () => undefined);
  apart = await scenarioAs(['reader', 'impersonator'], (cluster) => {
    grant(cluster);
    cluster.addObject(binding('firebreak', USER));
  });
}, 90_000);
afterAll(async () => {
  try {
    for (const scenario of [impersonating, plain, apart]) expect(await scenario.violations()).toEqual([]);
  } finally {
    for (const scenario of [impersonating, plain, apart]) await scenario?.[Symbol.asyncDispose]();
  }
});

const isReview = ({ resource }: RecordedRequest): boolean => resource.startsWith('selfsubject');
const runs = async (
  scenario: Scenario,
  command: string,
): Promise<{
  readonly before: readonly RecordedRequest[];
  readonly after: readonly RecordedRequest[];
  readonly card: Card;
}> => {
  const { requests } = scenario.incident.cluster;
  const asked = requests.length;
  const card = await scenario.ask(command);
  const approved = requests.length;
  await scenario.approve(card);
  await scenario.reached(card.run, 'succeeded', 'incomplete');
  return { card, before: requests.slice(asked, approved), after: requests.slice(approved) };
};

test('a run may not be asked for while the user that it would be lacks a permission, which is named', async () => {
  const told = await impersonating.told('label pod/multi quarantine=true');
  expect(told).toContain(`the user ${USER} lacks get pods, patch pods`);
  expect(told).toContain('grant that to this user');
  impersonating.incident.cluster.addObject(binding('firebreak', USER));
});

test.each(['label pod/multi quarantine=true', 'acquire pod/multi -c app'])(
  'the cluster’s own log names the people, the run and the case of %s, for all that it does after its approval',
  async (command) => {
    const { people } = impersonating.incident.slack;
    const { card, before, after } = await runs(impersonating, command);
    const [caseId] = card.run.split(/-\d+$/u);
    const acting = after.filter((request) => !isReview(request));
    expect(acting.length).toBeGreaterThan(0);
    for (const request of acting) {
      expect(request.user).toBe('impersonator');
      expect(request.impersonated).toEqual({
        user: USER,
        groups: ['system:authenticated'],
        extra: {
          requester: [people.requester.id],
          approvers: [people.approver.id],
          run: [card.run],
          case: [caseId],
        },
      });
      expect(request.userAgent).toContain(`run/${card.run}`);
    }
    const done = new Set(acting.map(({ verb, resource }) => `${verb} ${resource}`));
    expect(done).toContain(command.startsWith('label') ? 'patch pods' : 'get pods/exec');
    expect(before.filter((request) => !isReview(request) && request.impersonated !== undefined)).toEqual([]);
  },
);

test('where it may impersonate nobody, the user agent carries the run and nobody is impersonated', async () => {
  const { card, before, after } = await runs(plain, 'label pod/multi quarantine=true');
  const patches = after.filter(({ method }) => method === 'PATCH');
  expect(patches.length).toBeGreaterThan(0);
  for (const { user, userAgent } of patches)
    expect([user, userAgent]).toEqual([
      'responder',
      expect.stringMatching(new RegExp(`^firebreak/.* run/${card.run}$`, 'u')),
    ]);
  expect([...before, ...after].filter(({ impersonated }) => impersonated !== undefined)).toEqual([]);
  expect(before.filter(({ userAgent }) => userAgent.includes('run/'))).toEqual([]);
  expect(
    plain.incident.cluster.object({ group: '', resource: 'pods', namespace: 'payments', name: 'multi' })
      ?.metadata.annotations,
  ).toMatchObject({ 'firebreak.dev/run': card.run });
});

test('with an identity that reads, the acting one is not heard of before the approval, and then is the one user', async () => {
  const { card, before, after } = await runs(apart, 'label pod/multi quarantine=true');
  expect(new Set(before.map(({ user }) => user))).toEqual(new Set(['reader']));
  expect(before.filter(({ impersonated }) => impersonated !== undefined)).toEqual([]);
  const acting = after.filter((request) => !isReview(request));
  expect(new Set(acting.map(({ user }) => user))).toEqual(new Set(['impersonator']));
  expect(new Set(acting.map(({ impersonated }) => impersonated?.extra['run']?.join()))).toEqual(
    new Set([card.run]),
  );
});
