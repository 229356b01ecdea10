import type { webApi } from '@slack/bolt';
import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { ChatScopes } from '../flow/directory.ts';
import { BOT_SCOPES } from './bot-scopes.ts';
import { readSlackFailure } from './slack-failure.ts';

/** Slack's client puts the header `x-oauth-scopes` of an answer there. */
const answerSchema = z.object({
  team: z.string().default(''),
  response_metadata: z.object({ scopes: z.array(z.string()) }),
});

const unavailable = (detail: string, next: string, cause: unknown): FirebreakError =>
  new FirebreakError({ code: 'slack-unavailable', message: `Slack ${detail}.`, next, cause });

/** Asks who the bot is; the answer's header holds the scopes of its token. */
export const readScopes = async (client: webApi.WebClient): Promise<ChatScopes> => {
  let answer: unknown;
  try {
    answer = await client.auth.test();
  } catch (cause) {
    const failure = readSlackFailure(cause);
    throw failure.kind === 'refused'
      ? unavailable(
          `does not accept the bot token (${failure.error})`,
          'Set SLACK_BOT_TOKEN to the token under OAuth & Permissions of the app.',
          cause,
        )
      : unavailable('did not answer auth.test', 'Check the way there: SLACK_API_URL, the network.', cause);
  }
  const read = answerSchema.safeParse(answer);
  if (!read.success)
    throw unavailable(
      'did not say which scopes the bot token has',
      'Check that SLACK_API_URL is the base of Slack’s Web API.',
      read.error,
    );
  const granted = read.data.response_metadata.scopes;
  const asked: readonly string[] = BOT_SCOPES;
  return {
    workspace: read.data.team,
    missing: asked.filter((scope) => !granted.includes(scope)),
    further: granted.filter((scope) => scope !== '' && !asked.includes(scope)),
  };
};
