import { randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amazonOf } from '../scenarios/amazon-scene.ts';
import { type Card, type Scenario, startScenario } from '../scenarios/scenario.ts';
import type { CheckedWorld } from './checked-world.ts';
import { goodIncident } from './good-incident.ts';
import { judge } from './judge.ts';
import { type Database, readDatabase } from './read-database.ts';

let scenario: Scenario;
let card: Card;
let world: CheckedWorld;
let bundle: string;
beforeAll(async () => {
  ({ scenario, card, world } = await goodIncident());
  bundle = `${card.run.replace(/-\d+$/, '')}/${card.run}`;
}, 60_000);
afterAll(() => scenario?.[Symbol.asyncDispose]());

const begun = async (of: string): Promise<string> => {
  const id = randomUUID();
  await scenario.query(
    `insert into firebreak.uploads (id, store, bundle, name) values ($1, 's3://evidence/', $2, 'files.tar')`,
    [id, of],
  );
  return id;
};
const end = (id: string) =>
  scenario.query('update firebreak.uploads set ended_at = firebreak.now() where id = $1', [id]);

const as = (database: Database, state: string): Database => ({
  ...database,
  runs: database.runs.map((run) => (run.id === card.run ? { ...run, state } : run)),
});
const found = async (change: Partial<CheckedWorld> = {}, state = 'succeeded'): Promise<string> =>
  (await judge(as(await readDatabase(world.databaseUrl), state), { ...world, ...change }))
    .filter((sentence) => /upload|journal/.test(sentence))
    .join('\n');
const away = () => ({ bucketAwayAtEndOf: [card.run] });

describe('finds in the journal', () => {
  test.each([
    [
      'an upload that outlived its run',
      () => bundle,
      () => `${card.run} ended, and its upload of files.tar did not`,
    ],
    [
      'an upload of no run',
      () => 'FB-2026-0099/FB-2026-0099-1',
      () => 'files.tar of FB-2026-0099/FB-2026-0099-1, which is no run',
    ],
  ])('%s', async (_what, of, sentence) => {
    const id = await begun(of());
    expect(await found()).toContain(sentence());
    await end(id);
    expect(await found()).toBe('');
  });
});

describe('finds in the bucket', () => {
  test('an upload that nobody ended', async () => {
    const openUploads = [{ key: `firebreak/${bundle}/files.tar` }];
    expect(await found({ openUploads })).toBe(
      `an upload of firebreak/${bundle}/files.tar stands open in the bucket`,
    );
  });

  test('an upload of a scenario that plays in S3', async () => {
    await using inS3 = await startScenario({ amazon: {} });
    const { s3 } = amazonOf(inS3);
    const somebody = new S3Client({
      ...{ endpoint: s3.endpoint.href, region: s3.region, forcePathStyle: true, credentials: s3.accessKey },
    });
    expect(await inS3.violations()).toEqual([]);
    await somebody.send(new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: 'firebreak/left' }));
    somebody.destroy();
    expect(await inS3.violations()).toEqual(['an upload of firebreak/left stands open in the bucket']);
  });
});

describe('leaves to the lifecycle rule what a run began whose bucket was away until its end', () => {
  test('of that run, when it failed, and of no other', async () => {
    const id = await begun(bundle);
    const own = { ...away(), openUploads: [{ key: `${bundle}/files.tar` }] };
    expect(await found(own, 'failed')).toBe('');
    expect(await found({ ...own, bucketAwayAtEndOf: [] }, 'failed')).toContain('did not');
    expect(await found({ ...own, openUploads: [{ key: `${bundle}0/files.tar` }] }, 'failed')).toContain(
      'stands open',
    );
    await end(id);
  });

  test('and not of one that succeeded', async () => {
    const id = await begun(bundle);
    expect(await found(away())).toContain('did not');
    expect(await found({ ...away(), openUploads: [{ key: `${bundle}/files.tar` }] })).toContain(
      'stands open',
    );
    await end(id);
  });
});
