import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { S3_PREFIX } from '../../sandbox/incident/start-amazon.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { filesBelow } from '../checker/files-below.ts';
import { addLargeFile, amazonOf } from './amazon-scene.ts';
import { downloadEvidence } from './download-evidence.ts';
import { wordsOf } from './message-words.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';
import { until } from './until.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 150_000 });

/** Kills a worker while the second part of files.tar is on its way and the first lies there; nobody is there to take the run over yet. */
const killedInAPart = async (scenario: Scenario): Promise<Card> => {
  const { s3 } = amazonOf(scenario);
  addLargeFile(scenario.incident.cluster);
  const first: FirebreakProcess = await scenario.start();
  const held = s3.faults.next({
    operation: 'UploadPart',
    key: /\/files\.tar$/u,
    partNumber: 2,
    fault: { kind: 'hold in the body', afterBytes: 9_000_000 },
  });
  const card = await scenario.ask('acquire eks prod-cluster pod/x');
  await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
  await held.reached;
  // The two are sent side by side.
  await until('the first part is there', () =>
    s3
      .requests()
      .some(
        ({ operation, query, outcome }) =>
          operation === 'UploadPart' && query['partNumber'] === '1' && outcome === 200,
      ),
  );
  await first.kill('SIGKILL');
  held.cancel();
  expect(s3.uploads()).toHaveLength(1);
  return card;
};

/** The same configuration, with one text instead of another. */
const changedConfig = async ({ incident, dataDir }: Scenario, from: string, to: string): Promise<string> => {
  const text = await readFile(incident.configPath, 'utf8');
  expect(text).toContain(from);
  const path = join(dataDir, 'sandbox', 'changed.yml');
  await writeFile(path, text.replace(from, to), { mode: 0o600 });
  return path;
};

const events = async (scenario: Scenario, run: string): Promise<readonly unknown[]> =>
  (
    await scenario.query(
      `select type from firebreak.audit_events where run_id = $1 and type like 'run.%' order by seq`,
      [run],
    )
  ).map(({ type }) => type);

const ended = (scenario: Scenario, run: string) =>
  scenario.reached(run, 'succeeded', 'incomplete', 'failed', 'cancelled');
/** What the channel was told at the end. */
const told = async (scenario: Scenario, run: string): Promise<string> => {
  const words = wordsOf((await scenario.shown(run, 'end')).blocks);
  expect(words.toLowerCase()).not.toContain('nothing was done');
  return words;
};

const bundleOf = async (scenario: Scenario, run: string) => {
  const folder = await downloadEvidence(amazonOf(scenario).s3, join(scenario.dataDir, 'look'));
  const bundle = join(folder, run.replace(/-\d+$/, ''), run);
  const manifest: unknown = JSON.parse(await readFile(join(bundle, 'manifest.json'), 'utf8'));
  return { manifest, files: await filesBelow(bundle) };
};
/** What the dead worker had collected is in the bundle, which calls itself INCOMPLETE, and nothing stays open. */
const expectSealed = async (scenario: Scenario, run: string): Promise<void> => {
  const { manifest, files } = await bundleOf(scenario, run);
  expect(manifest).toMatchObject({ completeness: 'INCOMPLETE' });
  expect(files).toEqual(
    expect.arrayContaining(['INCOMPLETE', 'superseded-1/pod.json', 'superseded-1/files.tar']),
  );
  expect(amazonOf(scenario).s3.uploads()).toEqual([]);
  expect(await told(scenario, run)).toContain('INCOMPLETE');
  expect(await scenario.violations()).toEqual([]);
};
/** Nobody can reach what lies there: the channel is told where it is, and the lifecycle rule ends the upload. */
const expectNamed = async (scenario: Scenario, run: string): Promise<void> => {
  expect(await told(scenario, run)).toContain(`s3://evidence/${S3_PREFIX}`);
  expect(await scenario.violations({ bucketAwayAtEndOf: [run] })).toEqual([]);
};

describe('a worker that is killed in a part, of a run that nobody can go on with', () => {
  test.concurrent('because it was cancelled before the takeover, leaves a sealed bundle', async ({
    skip,
  }) => {
    await using scenario = await startScenario({ amazon: {} });
    const { cluster } = scenario.incident;
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const { run, ...card } = await killedInAPart(scenario);
    await scenario.start();
    expect(await scenario.press({ run, ...card }, 'Cancel', SEED_PEOPLE.approver.id)).toContain(
      'is being stopped',
    );
    expect(await ended(scenario, run)).toBe('cancelled');
    expect(await events(scenario, run)).toEqual(
      ['requested', 'queued', 'started', 'cancel-requested', 'taken-over', 'cancelled'].map(
        (type) => `run.${type}`,
      ),
    );
    await expectSealed(scenario, run);
  });

  test.concurrent('because the configuration changed, leaves a sealed bundle', async ({ skip }) => {
    await using scenario = await startScenario({ amazon: {} });
    const { cluster } = scenario.incident;
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const { run } = await killedInAPart(scenario);
    await scenario.start({ FIREBREAK_CONFIG: await changedConfig(scenario, 'expires: 30m', 'expires: 31m') });
    expect(await ended(scenario, run)).toBe('failed');
    expect(await told(scenario, run)).toContain('The configuration changed');
    await expectSealed(scenario, run);
  });

  test.concurrent('because evidence goes elsewhere now, is named with the place where that lies', async ({
    skip,
  }) => {
    await using scenario = await startScenario({ amazon: {} });
    const { cluster } = scenario.incident;
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const { run } = await killedInAPart(scenario);
    const moved = await changedConfig(scenario, `prefix: ${S3_PREFIX}`, 'prefix: elsewhere/');
    await scenario.start({ FIREBREAK_CONFIG: moved });
    expect(await ended(scenario, run)).toBe('failed');
    await expectNamed(scenario, run);
  });

  test.concurrent('because its credentials are gone, is named with the place where that lies', async ({
    skip,
  }) => {
    await using scenario = await startScenario({ amazon: {} });
    const { cluster } = scenario.incident;
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const { run } = await killedInAPart(scenario);
    const { s3 } = amazonOf(scenario);
    s3.accessKeys.remove(s3.accessKey.accessKeyId);
    await scenario.start();
    expect(await ended(scenario, run)).toBe('failed');
    expect(await told(scenario, run)).toContain('does not accept the credentials');
    await expectNamed(scenario, run);
  });
});
