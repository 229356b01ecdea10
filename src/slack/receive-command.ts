import type { AllMiddlewareArgs, SlackCommandMiddlewareArgs, webApi } from '@slack/bolt';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { toFirebreakError } from '../core/firebreak-error.ts';
import type { Reply, UseCases } from '../flow/use-cases.ts';
import { acknowledged, answer } from './answer.ts';
import { replyMessage } from './reply-message.ts';
import type { SlackLogger } from './slack-logger.ts';

/** docs.slack.dev, "Slash commands". The person's own workspace, which Slack Connect makes differ from the app's. */
const commandSchema = z.object({
  text: z.string().default(''),
  channel_id: z.string().min(1),
  user_id: z.string().min(1),
  team_id: z.string().min(1),
  /** Tells a second delivery from a second wish; one without it is a wish of its own. */
  trigger_id: z
    .string()
    .min(1)
    .default(() => crypto.randomUUID()),
});

export interface ReceiveContext {
  readonly useCases: UseCases;
  readonly client: webApi.WebClient;
  readonly logger: SlackLogger;
  readonly clock: Clock;
}

/** Every failure is a reply; one that escapes is made into one here. */
export const asReply = async (work: () => Promise<Reply>, logger: SlackLogger): Promise<Reply> => {
  try {
    return await work();
  } catch (cause) {
    const error = toFirebreakError(cause);
    logger.error({ err: cause, id: error.id }, 'A command or a click failed.');
    return { kind: 'say', text: error.sentence };
  }
};

/** Slack sends `&`, `<` and `>` as entities (docs.slack.dev, "Formatting message text"); `&amp;` comes last, or `&amp;lt;` would be read twice. */
const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** `/k8s`: acknowledged at once, then answered by whatever the flow says. */
export const receiveCommand = async (
  { ack, body, respond }: SlackCommandMiddlewareArgs & AllMiddlewareArgs,
  { useCases, client, logger, clock }: ReceiveContext,
): Promise<void> => {
  const read = commandSchema.safeParse(body);
  if (!read.success) {
    await ack();
    logger.error({ err: read.error }, 'Slack sent a command of another shape; nobody could be answered.');
    return;
  }
  const command = read.data;
  const asker = { channel: command.channel_id, user: command.user_id, respond, original: 'keep' } as const;
  if ((await acknowledged(() => ack(), asker, { client, logger, clock })) === 'lost') return;
  const person = { team: command.team_id, user: command.user_id };
  const reply = await asReply(
    () =>
      useCases.command({
        text: unescaped(command.text),
        channel: command.channel_id,
        person,
        delivery: command.trigger_id,
      }),
    logger,
  );
  const message = replyMessage(reply);
  if (message === undefined) return;
  await answer(asker, message, { client, logger, clock });
};
