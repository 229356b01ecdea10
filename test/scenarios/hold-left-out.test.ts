import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';
import { writeKubeconfigFor } from './write-kubeconfig.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const BUDGETS = {
  apiGroups: ['policy'],
  resources: ['poddisruptionbudgets'],
  verbs: ['get', 'list', 'create', 'delete'],
};

/** A Firebreak that may make budgets, and neither policies nor changes of nodes. */
const started = async (contexts: { readonly read: string; readonly act: string }): Promise<Scenario> => {
  const scenario = await startScenario({
    cluster: { containers: 'no shell', controllers: 'on' },
    slack: { rateLimits: 'off' },
    config: {
      cluster: { identities: { read: { context: contexts.read }, act: { context: contexts.act } } },
      rules: [{ verbs: ['*'], approvals: 1, approvers: [APPROVERS] }],
    },
  });
  const { cluster } = scenario.incident;
  const rules = cluster.users.find(({ name }) => name === 'reader')?.rules ?? [];
  cluster.addUser('holder', [...rules, { verbs: ['patch'], apiGroups: [''], resources: ['pods'] }, BUDGETS]);
  writeKubeconfigFor(cluster, join(scenario.dataDir, 'sandbox', 'kubeconfig'), ['reader', 'holder']);
  await scenario.start();
  return scenario;
};

let scenario: Scenario;
afterEach(() => endJudged(scenario));

const LEFT_OUT = [
  'No ValidatingAdmissionPolicy is made',
  'The node is not held: Firebreak may not patch nodes',
];
const held = (run: string) => {
  const { cluster } = scenario.incident;
  const name = `firebreak-${run.toLowerCase()}`;
  expect(cluster.object(POD)?.metadata.labels).toMatchObject({ 'firebreak.dev/held-by': run });
  const key = { group: 'policy', resource: 'poddisruptionbudgets', namespace: 'payments', name };
  expect(cluster.object(key)).toBeDefined();
};

test('what may not be done is on the card where one identity plans and acts', async () => {
  scenario = await started({ read: 'holder', act: 'holder' });
  const card = await scenario.ask('hold pod/x');
  const [shown] = scenario.messages(card.run, 'card');
  for (const sentence of LEFT_OUT) expect(wordsOf(shown?.blocks)).toContain(sentence);
  await scenario.approve(card);
  await scenario.reached(card.run, 'succeeded');
  held(card.run);
  expect(scenario.incident.cluster.requests.filter(({ status }) => status === 403)).toEqual([]);
}, 60_000);

test('what another identity may not do is found when it runs, and the rest is held', async () => {
  scenario = await started({ read: 'reader', act: 'holder' });
  const card = await scenario.ask('hold pod/x');
  const [shown] = scenario.messages(card.run, 'card');
  for (const sentence of LEFT_OUT) expect(wordsOf(shown?.blocks)).not.toContain(sentence);
  await scenario.approve(card);
  await scenario.reached(card.run, 'succeeded');
  held(card.run);
  const end = wordsOf((await scenario.shown(card.run, 'end')).blocks);
  expect(end).toContain('its deletion is not stopped');
  const last = wordsOf((await scenario.shown(card.run, 'card', (text) => text.includes('Not made'))).blocks);
  expect(last).toContain('Not made: the policy that denies its deletion');
  expect(last).toContain('Not made: the hold of its node');
}, 60_000);
