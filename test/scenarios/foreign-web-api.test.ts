import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmulator } from 'emulate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { CLUSTER_NAME, configText } from '../../sandbox/incident/config-text.ts';
import { startFirebreak } from '../../sandbox/incident/firebreak-process.ts';
import { freePort } from '../../sandbox/postgres/free-port.ts';
import { type TestDatabase, testDatabase } from '../../sandbox/postgres/test-database.ts';

const SIGNING_SECRET = 'a-signing-secret-of-this-test';
const BOT_TOKEN = 'xoxb-of-this-test';

const messagesSchema = z.object({
  messages: z.array(z.object({ ts: z.string(), text: z.string(), blocks: z.array(z.unknown()).optional() })),
});
const namedSchema = z.array(z.object({ id: z.string(), name: z.string() }));

let cluster: StandInCluster;
let database: TestDatabase;
let api: (method: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;
let post: (body: URLSearchParams) => Promise<Response>;
let channel: string;
let team: string;
let people: ReadonlyMap<string, string>;
/** What Firebreak sent to the response_url. */
const answers: string[] = [];
const closing = new AsyncDisposableStack();
const dataDir = mkdtempSync(join(tmpdir(), 'firebreak-test-'));

/** The Web API of another maker, as it is: without user groups, and with people who have just the fields it knows. */
beforeAll(async () => {
  closing.defer(() => rm(dataDir, { recursive: true, force: true }));
  cluster = closing.use(await startCluster());
  database = closing.use(await testDatabase());
  const emulator = await createEmulator({
    service: 'slack',
    port: 0,
    seed: {
      tokens: { [BOT_TOKEN]: { login: 'U000000001' } },
      slack: {
        users: [{ name: 'rin' }, { name: 'avery' }],
        channels: [{ name: 'incident' }],
        tokens: [{ token: BOT_TOKEN, user_id: 'U000000001' }],
      },
    },
  });
  closing.defer(() => emulator.close());
  const base = `${emulator.url.replace('localhost', '127.0.0.1')}/api/`;
  api = async (method, args = {}) => {
    const response = await fetch(`${base}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${BOT_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    return response.json();
  };
  const listed = z.object({ channels: namedSchema }).parse(await api('conversations.list'));
  channel = listed.channels.find(({ name }) => name === 'incident')?.id ?? '';
  const members = z.object({ members: namedSchema }).parse(await api('users.list')).members;
  people = new Map(members.map(({ id, name }) => [name, id]));
  team = z.object({ team_id: z.string() }).parse(await api('auth.test')).team_id;

  const kubeconfig = join(dataDir, 'kubeconfig');
  cluster.writeKubeconfig(kubeconfig, 'responder');
  const config = join(dataDir, 'firebreak.yml');
  const evidence = join(dataDir, 'evidence');
  await writeFile(
    config,
    configText({
      access: { provider: 'kubeconfig', path: kubeconfig },
      evidence: { directory: evidence, plaintext: true },
      channel,
      approvers: [people.get('avery') ?? ''],
    }),
  );
  const port = await freePort();
  closing.use(
    await startFirebreak(
      {
        SLACK_BOT_TOKEN: BOT_TOKEN,
        SLACK_SIGNING_SECRET: SIGNING_SECRET,
        SLACK_API_URL: base,
        PORT: String(port),
        DATABASE_URL: database.serveUrl,
        FIREBREAK_CONFIG: config,
        FIREBREAK_DATA_DIR: dataDir,
      },
      join(dataDir, 'firebreak.log'),
    ),
  );
  post = (body) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const text = body.toString();
    const signature = `v0=${createHmac('sha256', SIGNING_SECRET).update(`v0:${timestamp}:${text}`).digest('hex')}`;
    return fetch(`http://127.0.0.1:${port}/slack/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': signature,
      },
      body: text,
    });
  };
});
afterAll(() => closing.disposeAsync());

const responseUrl = async (): Promise<string> => {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      answers.push(text);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const command = async (user: string, text: string): Promise<Response> =>
  post(
    new URLSearchParams({
      command: '/k8s',
      text,
      channel_id: channel,
      user_id: people.get(user) ?? '',
      team_id: team,
      trigger_id: `trigger-${crypto.randomUUID()}`,
      response_url: await responseUrl(),
    }),
  );

const messages = async () =>
  messagesSchema.parse(await api('conversations.history', { channel, limit: 100 })).messages;

/** The first message that matches. That Web API tells nobody of changes, so it is asked again. */
const shown = async (matches: (text: string) => boolean) =>
  expect
    .poll(
      async () =>
        (await messages()).find((message) => matches(`${message.text} ${JSON.stringify(message.blocks)}`)),
      { timeout: 30_000, interval: 200 },
    )
    .toBeDefined()
    .then(async () =>
      (await messages()).find((message) => matches(`${message.text} ${JSON.stringify(message.blocks)}`)),
    );

const buttonSchema = z.object({
  action_id: z.string(),
  value: z.string(),
  text: z.object({ text: z.string() }),
});
const actionsSchema = z.object({
  type: z.literal('actions'),
  block_id: z.string().optional(),
  elements: z.array(buttonSchema),
});

test('an incident plays over signed HTTP against a Web API that knows no user groups', async () => {
  expect(
    (await command('rin', `acquire kubeconfig ${CLUSTER_NAME} pod/x --reason "odd traffic"`)).status,
  ).toBe(200);
  const card = await shown((text) => text.includes('"Approve"'));
  const actions = card?.blocks?.flatMap((block) => actionsSchema.safeParse(block).data ?? [])[0];
  const approve = actions?.elements.find(({ text }) => text.text === 'Approve');
  expect(approve).toBeDefined();
  const clicked = await post(
    new URLSearchParams({
      payload: JSON.stringify({
        type: 'block_actions',
        user: { id: people.get('avery'), username: 'avery', team_id: team },
        team: { id: team, domain: 'emulate' },
        channel: { id: channel, name: 'incident' },
        container: { type: 'message', message_ts: card?.ts, channel_id: channel },
        message: card,
        trigger_id: `trigger-${crypto.randomUUID()}`,
        response_url: await responseUrl(),
        actions: [
          {
            type: 'button',
            block_id: actions?.block_id,
            action_id: approve?.action_id,
            value: approve?.value,
            action_ts: '1',
          },
        ],
      }),
    }),
  );
  expect(clicked.status).toBe(200);
  const end = await shown((text) => text.includes('SHA256SUMS') && text.includes('manifest.json'));
  const folder = /"([^"]*\/evidence\/FB-[^"]+)"/.exec(JSON.stringify(end?.blocks))?.[1] ?? '';
  expect(existsSync(join(folder, 'manifest.json'))).toBe(true);
  if (cluster.containers === 'processes')
    expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toContain('files.tar');
  expect(answers.join()).toContain('You approved');
});
