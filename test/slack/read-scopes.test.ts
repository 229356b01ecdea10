import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import { connectSlack } from '../../src/slack/app.ts';
import { BOT_SCOPES } from '../../src/slack/bot-scopes.ts';
import { recordingLogger } from './recording-logger.ts';

const manifestSchema = z.looseObject({
  oauth_config: z.looseObject({ scopes: z.looseObject({ bot: z.array(z.string()) }) }),
});

const scopesOf = async (scopes: readonly string[], botToken?: string) => {
  await using slack = await startSlack({ mode: 'http', scopes });
  const { access } = connectSlack({
    ...{ botToken: botToken ?? slack.botToken, apiUrl: slack.apiUrl, logger: recordingLogger() },
  });
  return await access.scopes();
};

test('the scopes that are looked for are those of manifest.yml', () => {
  const manifest = manifestSchema.parse(parse(readFileSync('manifest.yml', 'utf8')));
  expect(BOT_SCOPES).toEqual(manifest.oauth_config.scopes.bot);
});

test('a token that has them all lacks nothing', async () => {
  expect(await scopesOf(BOT_SCOPES)).toMatchObject({ missing: [], further: [] });
});

test('what it lacks and what it has beside them are told apart', async () => {
  const scopes = [...BOT_SCOPES.filter((scope) => scope !== 'usergroups:read'), 'files:write'];
  expect(await scopesOf(scopes)).toMatchObject({ missing: ['usergroups:read'], further: ['files:write'] });
});

test('a token that Slack does not know is said to be refused, and is not shown', async () => {
  const refused = scopesOf(BOT_SCOPES, 'xoxb-of-nobody-4711');
  await expect(refused).rejects.toMatchObject({ code: 'slack-unavailable' });
  await expect(refused).rejects.toThrow(/invalid_auth/);
  await expect(refused).rejects.not.toThrow(/4711/);
});
