import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EksAuthenticator } from '../../sandbox/aws/eks/eks-authenticator.ts';
import { type StandInAws, startAws } from '../../sandbox/aws/start-aws.ts';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { type Incident, startIncident } from '../../sandbox/incident/start-incident.ts';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import { INSPECT_FREELY } from './scenario-config.ts';
import { until } from './until.ts';

const EXTERNAL_ID = 'firebreak-4711';

let aws: StandInAws;
let authenticator: EksAuthenticator;
let roleArn: string;
let incident: Incident;
let dataDir: string;
const running = new AsyncDisposableStack();

beforeAll(async () => {
  aws = running.use(await startAws());
  const user = aws.account.addUser('firebreak');
  roleArn = aws.account.addRole({ name: 'responder', trusts: [user.arn], externalId: EXTERNAL_ID }).arn;
  authenticator = aws.authenticator('prod');
  dataDir = await mkdtemp(join(tmpdir(), 'firebreak-eks-access-'));
  running.defer(() => rm(dataDir, { recursive: true, force: true }));
  const { serveUrl } = running.use(await testDatabase());
  incident = running.use(
    await startIncident({
      dataDir,
      databaseUrl: serveUrl,
      cluster: { authenticateToken: (token) => authenticator.userOf(token) },
      config: {
        access: { provider: 'eks', region: 'eu-west-1', name: 'prod', roleArn, externalId: EXTERNAL_ID },
        rules: [INSPECT_FREELY],
      },
    }),
  );
  const { url, caPem } = incident.cluster;
  aws.eks.put({ name: 'prod', region: 'eu-west-1', status: 'ACTIVE', endpoint: url, caPem });
  await incident.startReplica({
    ...aws.endpoints,
    AWS_ACCESS_KEY_ID: user.accessKeyId,
    AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
  });
});
afterAll(() => running.disposeAsync());

const command = async (text: string): Promise<string> => {
  const { slack } = incident;
  const act = await slack.command({
    user: slack.people.requester.id,
    channel: slack.channels.incident.id,
    text,
  });
  const [answer] = await act.responses(1, { timeoutMs: 45_000 });
  return String(answer?.['text']);
};

test('a person whose cluster does not know the role is told the access entry that it needs', async () => {
  const answer = await command('inspect eks prod-cluster pod/x');
  expect(answer).toContain(`does not know the AWS identity ${roleArn}`);
  expect(answer).toContain(`aws eks create-access-entry --cluster-name prod --region eu-west-1`);
});

test('an EKS cluster is inspected as the user of its access entry, and no secret of AWS is in log or channel', async () => {
  authenticator.allow(roleArn, 'responder');
  const { slack, cluster } = incident;
  const before = cluster.requests.length;
  await slack.command({
    user: slack.people.requester.id,
    channel: slack.channels.incident.id,
    text: 'inspect eks prod-cluster pod/x',
  });
  const words = (): string => slack.messages(slack.channels.incident.id).map(textOf).join('\n');
  await until('the pod is described', () => words().includes('app: running'), words);
  const users = new Set(cluster.requests.slice(before).map(({ user }) => user));
  expect([...users]).toEqual(['responder']);
  const log = await readFile(join(dataDir, 'sandbox', 'firebreak.log'), 'utf8');
  expect(log).toContain('Firebreak is ready.');
  for (const secret of aws.account.secrets()) {
    expect(log).not.toContain(secret);
    expect(words()).not.toContain(secret);
  }
});
