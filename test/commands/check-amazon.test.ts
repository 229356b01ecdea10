import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { type Amazon, startAmazon } from '../../sandbox/incident/start-amazon.ts';
import { type Ended, runCommand } from './run-command.ts';

const running = new AsyncDisposableStack();
let amazon: Amazon;
let cluster: StandInCluster;
let check: (...args: readonly string[]) => Promise<Ended>;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-check-amazon-'));
  running.defer(() => rm(folder, { recursive: true, force: true }));
  const evidence = { objectLock: { mode: 'GOVERNANCE', days: 365 } };
  amazon = running.use(await startAmazon({ folder, evidence }));
  const { authenticateToken } = amazon;
  cluster = running.use(await startCluster({ containers: 'no shell', authenticateToken }));
  amazon.describe(cluster);
  const path = join(folder, 'firebreak.yml');
  const rules = [{ verbs: ['inspect'], approvals: 0 }];
  await writeFile(
    path,
    stringify({
      clusters: { prod: { ...amazon.cluster, namespaces: ['payments'] } },
      evidence: amazon.evidence,
      channels: { C0INCIDENT1: { clusters: ['prod'], rules } },
    }),
  );
  check = (...args) =>
    runCommand(['check', ...args], {
      ...{ FIREBREAK_CONFIG: path, FIREBREAK_DATA_DIR: join(folder, 'data') },
      ...amazon.variables,
    });
}, 60_000);
afterAll(() => running.disposeAsync());

test('says who AWS and who the cluster take it for, and how the bucket locks, by reads alone', async () => {
  const { code, stdout, stderr } = await check();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /ok {2,}credentials {2,}from the role arn:aws:iam::\d{12}:role\/responder, by the\s+environment/u,
  );
  expect(stdout).toMatch(/ok {2,}identity outside {2,}arn:aws:iam::\d{12}:role\/responder/u);
  expect(stdout).toMatch(/ok {2,}identity there {2,}responder/u);
  expect(stdout).toMatch(/ok {2,}reachable {2,}s3:\/\/evidence\/firebreak\/ /u);
  expect(stdout).toMatch(/ok {2,}object lock {2,}GOVERNANCE, 365 days/u);
  expect(amazon.s3.requests().length).toBeGreaterThan(2);
  expect(new Set(amazon.s3.requests().map(({ method }) => method))).toEqual(new Set(['GET']));
  expect(stdout).not.toContain(amazon.variables['AWS_SECRET_ACCESS_KEY']);
});

test('proves on request that what it puts it can not delete', async () => {
  const { code, stdout } = await check('--write');
  expect(code).toBe(0);
  expect(stdout).toMatch(/ok {2,}put and delete {2,}Put works and delete is denied/u);
  expect(amazon.s3.objects()).toEqual([]);
});

test('fails with what to do where the cluster does not know the role', async () => {
  cluster.faults.status(401, ({ user }) => user === 'responder');
  const { code, stdout } = await check();
  cluster.faults.clear();
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAILED {2,}identity there/u);
  expect(stdout).toMatch(/→ /u);
});
