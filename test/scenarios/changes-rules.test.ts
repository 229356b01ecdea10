import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { carriedOut } from './patch-requests.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;

let scenario: Scenario;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-identities-'));
  scenario = await startScenario({
    slack: { rateLimits: 'off' },
    cluster: { containers: 'no shell' },
    config: {
      access: { provider: 'kubeconfig', path: join(folder, 'act') },
      cluster: {
        identities: { read: { path: join(folder, 'read') }, act: { path: join(folder, 'act') } },
        protected: { namespaces: [], labels: { app: 'ledger' } },
      },
      rules: [
        { verbs: ['label'], approvals: 2, approvers: [APPROVERS] },
        { verbs: ['undo'], approvals: 1, approvers: [APPROVERS] },
        { verbs: ['cordon'], approvals: 0 },
        { verbs: ['unlabel'], approvals: 1, approvers: [APPROVERS] },
        { verbs: ['*'], approvals: 2, approvers: [APPROVERS] },
      ],
    },
  });
  scenario.incident.cluster.writeKubeconfig(join(folder, 'act'), 'responder');
  scenario.incident.cluster.writeKubeconfig(join(folder, 'read'), 'reader');
  await scenario.start();
}, 60_000);
afterAll(async () => {
  try {
    expect(await scenario.violations()).toEqual([]);
  } finally {
    await scenario[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
});

const second = SEED_PEOPLE.secondApprover.id;

test('undoing needs the approvals that doing needed, and an identity that may not write plans both', async () => {
  const { cluster } = scenario.incident;
  const card = await scenario.ask('label pod/x quarantine=true');
  expect(cluster.requests.every(({ user }) => user === 'reader')).toBe(true);
  await scenario.approve(card);
  expect(await scenario.state(card.run)).toBe('planned');
  await scenario.press(card, 'Approve', second);
  await scenario.reached(card.run, 'succeeded');
  expect(carriedOut(cluster.requests).map(({ user }) => user)).toEqual(['responder']);
  const undo = await scenario.ask(`undo ${card.run}`);
  await scenario.approve(undo);
  expect(await scenario.state(undo.run)).toBe('planned');
  expect(cluster.object(POD)?.metadata.labels).toMatchObject({ quarantine: 'true' });
  await scenario.press(undo, 'Approve', second);
  await scenario.reached(undo.run, 'succeeded');
  expect(cluster.object(POD)?.metadata.labels).not.toHaveProperty('quarantine');
});

test('undoing what made a target unprotected needs what doing it needed', async () => {
  const { cluster } = scenario.incident;
  const NOSHELL = { ...POD, name: 'noshell' };
  const card = await scenario.ask('unlabel pod/noshell app');
  await scenario.approve(card);
  expect(await scenario.state(card.run)).toBe('planned');
  await scenario.press(card, 'Approve', second);
  await scenario.reached(card.run, 'succeeded');
  const undo = await scenario.ask(`undo ${card.run}`);
  await scenario.approve(undo);
  expect(await scenario.state(undo.run)).toBe('planned');
  await scenario.press(undo, 'Approve', second);
  await scenario.reached(undo.run, 'succeeded');
  expect(cluster.object(NOSHELL)?.metadata.labels).toMatchObject({ app: 'ledger' });
});

test('what needs no approval is made at once, and undoing it needs the one that undoing asks for', async () => {
  const card = await scenario.ask('cordon node/node-a');
  await scenario.reached(card.run, 'succeeded');
  const undo = await scenario.ask(`undo ${card.run}`);
  expect(await scenario.state(undo.run)).toBe('planned');
  await scenario.approve(undo);
  await scenario.reached(undo.run, 'succeeded');
});
