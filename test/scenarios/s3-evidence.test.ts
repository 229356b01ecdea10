import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInstalled } from '../../sandbox/aws/s3/testing/installed.ts';
import { S3_PREFIX } from '../../sandbox/incident/start-amazon.ts';
import { SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { addLargeFile, amazonOf } from './amazon-scene.ts';
import { downloadEvidence } from './download-evidence.ts';
import { wordsOf } from './message-words.ts';
import { readBundle } from './read-bundle.ts';
import { type Card, type Scenario, startScenario } from './scenario.ts';

const acquired = async (scenario: Scenario, more = ''): Promise<Card> => {
  const card = await scenario.ask(`acquire eks prod-cluster pod/x ${more} --reason "odd outbound traffic"`);
  await scenario.press(card, 'Approve', SEED_PEOPLE.approver.id);
  await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed', 'cancelled');
  return card;
};

const bundleOf = (folder: string, run: string): string => join(folder, run.replace(/-\d+$/, ''), run);

const sha256sum = (folder: string): void => {
  execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' });
};

describe('an acquisition from an EKS cluster into S3', () => {
  let scenario: Scenario;
  let card: Card;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    scenario = await startScenario({
      amazon: { evidence: { objectLock: { mode: 'COMPLIANCE', days: 1 } } },
    });
    const firebreak = await scenario.start();
    stop = async () => {
      await firebreak[Symbol.asyncDispose]();
    };
    const { cluster } = scenario.incident;
    addLargeFile(cluster);
    card = await acquired(scenario);
  }, 120_000);
  afterAll(async () => {
    await stop();
    await scenario[Symbol.asyncDispose]();
  });

  /** The signed URL that the requester was given for a file. */
  const linkTo = (name: string): string => {
    const whole = JSON.stringify(
      scenario.incident.slack.ephemerals(scenario.channel, SEED_PEOPLE.requester.id),
    );
    const signed = /https?:\/\/127\.0\.0\.1[^"\\ |>]*X-Amz-Signature=[0-9a-f]+[^"\\ |>]*/gu;
    const url = [...whole.matchAll(signed)]
      .map(([found]) => found)
      .find((found) => found.includes(`/${name}?`));
    if (url === undefined) throw new Error(`nobody was given a link to ${name}`);
    return url.replaceAll('&amp;', '&');
  };

  test('ends complete, in a bundle that verifies after a download', async ({ skip }) => {
    if (scenario.incident.cluster.containers === 'no shell') skip(scenario.incident.cluster.containersReason);
    expect(await scenario.state(card.run)).toBe('succeeded');
    const folder = await downloadEvidence(amazonOf(scenario).s3, join(scenario.dataDir, 'one'));
    const bundle = readBundle(bundleOf(folder, card.run));
    expect(bundle.manifest.completeness).toBe('complete');
    expect(bundle.artifact('files.tar')).toMatchObject({ completeness: 'VERIFIED' });
    expect(bundle.artifact('files.tar').bytes).toBeGreaterThan(40 * 1024 ** 2);
    sha256sum(bundleOf(folder, card.run));
  });

  test('verifies by the command in the channel, as it is pasted into a shell', async ({ skip }) => {
    if (!isInstalled('aws')) skip('the AWS CLI is not installed');
    const { s3 } = amazonOf(scenario);
    const [end] = scenario.messages(card.run, 'end');
    const command = /in an empty folder, (aws s3 cp .*)/u.exec(wordsOf(end?.blocks))?.[1] ?? 'no command';
    const folder = mkdtempSync(join(scenario.dataDir, 'pasted-'));
    const env = {
      ...{ PATH: process.env['PATH'], HOME: folder },
      AWS_ACCESS_KEY_ID: s3.accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.accessKey.secretAccessKey,
      // A command that asks AWS itself gets no further than this machine.
      ...{ HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1', AWS_MAX_ATTEMPTS: '1' },
    };
    // Not synchronously: S3 is played in this process.
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { cwd: folder, env });
    expect(stdout).toContain('pod.json: OK');
  });

  test('can not be verified once a file was cut short', async () => {
    const folder = await downloadEvidence(amazonOf(scenario).s3, join(scenario.dataDir, 'two'));
    const bundle = bundleOf(folder, card.run);
    truncateSync(join(bundle, 'pod.json'), 10);
    expect(() => sha256sum(bundle)).toThrow();
  });

  test('names in its manifest the version of each object, and S3 lets none of them be deleted', async () => {
    const { s3 } = amazonOf(scenario);
    const folder = await downloadEvidence(s3, join(scenario.dataDir, 'three'));
    const { artifacts } = readBundle(bundleOf(folder, card.run)).manifest;
    for (const artifact of artifacts.filter(({ bytes }) => bytes > 0)) {
      const key = `${S3_PREFIX}${card.run.replace(/-\d+$/, '')}/${card.run}/${artifact.name}`;
      const [version] = s3.versions(key);
      expect({ key, version: artifact['version'] }).toEqual({ key, version: version?.versionId });
      expect(version).toMatchObject({ lock: { retention: { mode: 'COMPLIANCE' } } });
    }
  });

  test('reaches the cluster by tokens of EKS, and S3 by signatures, alone', async () => {
    const { aws, s3 } = amazonOf(scenario);
    expect(aws.calls).toContain('eks:DescribeCluster');
    expect(aws.calls).toContain('sts:AssumeRole');
    expect(s3.uploads()).toEqual([]);
    expect(s3.problems()).toEqual([]);
    expect(scenario.incident.cluster.requests.map(({ user }) => user)).not.toContain('');
  });

  test('offers its files to who asks, and gives a link that ends to that person alone', async () => {
    const { slack } = scenario.incident;
    const offered = await scenario.press(card, 'Get link', SEED_PEOPLE.requester.id);
    expect(offered).toContain(card.run);
    const told = await scenario.told(`download ${card.run} manifest.json`);
    expect(told).toContain('manifest.json');
    const answer = await fetch(linkTo('manifest.json'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    const sha256 = createHash('sha256')
      .update(Buffer.from(await answer.arrayBuffer()))
      .digest('hex');
    const folder = await downloadEvidence(amazonOf(scenario).s3, join(scenario.dataDir, 'four'));
    const manifest = readFileSync(join(bundleOf(folder, card.run), 'manifest.json'));
    expect(sha256).toBe(createHash('sha256').update(manifest).digest('hex'));
    const [event] = await scenario.query(
      `select body from firebreak.audit_events where type = 'link.issued' and run_id = $1`,
      [card.run],
    );
    expect(JSON.parse(String(event?.['body']))).toMatchObject({
      actor: { kind: 'person', user: SEED_PEOPLE.requester.id },
      facts: { name: 'manifest.json' },
    });
    expect(JSON.stringify(slack.messages(scenario.channel))).not.toContain('X-Amz-Signature');
  });

  test('gives a link to what was sealed, whatever was put over it since', async () => {
    const { s3 } = amazonOf(scenario);
    const key = `${S3_PREFIX}${card.run.replace(/-\d+$/, '')}/${card.run}/SHA256SUMS`;
    const sealed = (await s3.read(key)).toString();
    const somebody = new S3Client({
      ...{ endpoint: s3.endpoint.href, region: s3.region, forcePathStyle: true, credentials: s3.accessKey },
    });
    const { VersionId } = await somebody.send(
      new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body: 'forged' }),
    );
    try {
      expect((await s3.read(key)).toString()).toBe('forged');
      await scenario.told(`download ${card.run} SHA256SUMS`);
      expect(await (await fetch(linkTo('SHA256SUMS'))).text()).toBe(sealed);
    } finally {
      await somebody.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: key, VersionId }));
      somebody.destroy();
    }
  });

  test('leaves nothing that an outsider would object to', async () => {
    expect(await scenario.violations()).toEqual([]);
  });
});
