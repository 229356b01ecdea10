import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { connectSlack } from '../../src/slack/app.ts';
import { Deliverer } from '../../src/slack/deliverer.ts';
import { exampleRun } from './example-run.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { recordingLogger } from './recording-logger.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Slack's limits for a manifest (docs.slack.dev, "App manifest reference"), and what this app fixes of it. */
const manifestSchema = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(1), minor_version: z.int() }),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().min(1).max(140),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/u),
  }),
  features: z.strictObject({
    bot_user: z.strictObject({
      display_name: z.string().regex(/^[a-z0-9._-]{1,80}$/u),
      always_online: z.boolean(),
    }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\/[a-z0-9_-]{1,31}$/u),
          description: z.string().min(1).max(2_000),
          usage_hint: z.string().min(1).max(1_000),
          should_escape: z.literal(false),
        }),
      )
      .length(1),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()).max(255) }) }),
  settings: z.strictObject({
    interactivity: z.strictObject({ is_enabled: z.literal(true) }),
    org_deploy_enabled: z.literal(false),
    socket_mode_enabled: z.literal(true),
    token_rotation_enabled: z.literal(false),
  }),
});

/** What each method asks for (docs.slack.dev, each method's page). A private channel needs the groups: scope. */
const SCOPES_OF: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
};

const METHOD_CALL =
  /\bclient\s*\.((?:auth|chat|conversations|users|usergroups|views|files|reactions|pins|team|bots|im|apps)(?:\.[a-zA-Z]+)+)\(/gu;

/** Every Web API method that a source of this folder calls. */
const methodsCalled = (): readonly string[] => {
  const folder = join(ROOT, 'src/slack');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const calls = sources.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(METHOD_CALL)].map((match) => match[1] ?? ''),
  );
  return [...new Set(calls)].sort();
};

const manifest = manifestSchema.parse(parse(readFileSync(join(ROOT, 'manifest.yml'), 'utf8')));
const scopes = manifest.oauth_config.scopes.bot;

describe('the app manifest', () => {
  it('offers /k8s and nothing else', () => {
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/k8s']);
  });

  it('asks for the scopes of the methods that are called, and no more', () => {
    const methods = methodsCalled();
    expect(methods).toEqual(Object.keys(SCOPES_OF).sort());
    const needed = new Set(['commands', ...methods.flatMap((method) => SCOPES_OF[method] ?? [])]);
    expect([...scopes].sort()).toEqual([...needed].sort());
  });

  it('has a comment for the scopes that says what they are for', () => {
    const text = readFileSync(join(ROOT, 'manifest.yml'), 'utf8');
    const block = text.slice(text.indexOf('    bot:'), text.indexOf('settings:'));
    for (const scope of scopes) {
      const before = block
        .slice(0, block.indexOf(`      - ${scope}\n`))
        .trimEnd()
        .split('\n')
        .at(-1);
      const sibling = scope.startsWith('groups:') && before?.includes('- channels:') === true;
      expect(before?.includes('#') === true || sibling, scope).toBe(true);
    }
  });

  it('is enough: with exactly these scopes no call is refused, in a public and in a private channel', async () => {
    await using slack = await startSlack({ mode: 'http', scopes });
    const logger = recordingLogger();
    const { client, directory } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    const outbox = new MemoryOutbox();
    const deliverer = new Deliverer({ outbox, client, clock: systemClock, logger });
    deliverer.start();
    for (const channel of [slack.channels.incident.id, slack.channels.private.id]) {
      const run = exampleRun({ id: `FB-${channel}` });
      const placed = { ...run, plan: { ...run.plan, channel } };
      slack.faults.postLostAnswer('chat.postMessage', 1);
      const card = outbox.owe(placed, 'card');
      await outbox.until(() => outbox.state(card) === 'done');
      slack.faults.postLostAnswer('chat.postMessage', 1);
      const reminder = outbox.owe(placed, 'reminder-1');
      await outbox.until(() => outbox.state(reminder) === 'done');
      outbox.owe({ ...placed, state: 'expired' }, 'card');
      await outbox.until(() => outbox.state(card) === 'done');
      await client.chat.postEphemeral({ channel, user: slack.people.requester.id, text: 'only for you' });
      await directory.channel(channel);
    }
    await deliverer.stop();
    await directory.members(slack.groups.approvers.id);
    await directory.standing({ team: slack.teamId, user: slack.people.approver.id });
    expect(new Set(slack.calls.map((call) => call.method))).toEqual(new Set(Object.keys(SCOPES_OF)));
    expect(slack.calls.filter((call) => JSON.stringify(call.outcome).includes('missing_scope'))).toEqual([]);
  });

  it.each(scopes.filter((scope) => scope !== 'commands' && !scope.startsWith('groups:')))(
    'needs %s: without it a call is refused',
    async (left) => {
      const remaining = scopes.filter(
        (scope) => scope !== left && !left.startsWith(`${scope.replace('groups', 'channels')}`),
      );
      await using slack = await startSlack({ mode: 'http', scopes: remaining });
      const { client, directory } = connectSlack({
        botToken: slack.botToken,
        apiUrl: slack.apiUrl,
        logger: recordingLogger(),
      });
      const channel = slack.channels.incident.id;
      const calls = [
        () => client.chat.postMessage({ channel, text: 'x' }),
        () => client.conversations.history({ channel }),
        () => directory.channel(channel),
        () => directory.members(slack.groups.approvers.id),
        () => directory.standing({ team: slack.teamId, user: slack.people.approver.id }),
      ];
      const settled = await Promise.allSettled(calls.map((call) => call()));
      expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    },
  );
});
