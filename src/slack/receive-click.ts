import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type { Reply, UseCases } from '../flow/use-cases.ts';
import { acknowledged, answer } from './answer.ts';
import { type Click, readClick } from './read-click.ts';
import { asReply, type ReceiveContext } from './receive-command.ts';
import { replyMessage } from './reply-message.ts';

/** A button of a card or of an offer: acknowledged at once, then always answered. */
export const receiveClick = async (
  { ack, body, respond }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs,
  { useCases, client, logger, clock }: ReceiveContext,
): Promise<void> => {
  const click = readClick(body);
  if (click === undefined) {
    await ack();
    logger.error({}, 'Slack sent a click of another shape; nobody could be answered.');
    return;
  }
  const asker = { channel: click.channel, user: click.person.user, respond, original: click.original };
  if ((await acknowledged(() => ack(), asker, { client, logger, clock })) === 'lost') return;
  if (click.pressed.kind === 'unreadable')
    logger.warn(
      { action: click.pressed.actionId.slice(0, 100) },
      'A button was pressed that this version does not know.',
    );
  const reply = await asReply(() => press(useCases, click), logger);
  const message = replyMessage(reply) ?? (click.original === 'replace' ? chosen(click) : undefined);
  if (message === undefined) return;
  // A link is a secret: it replaces no message, and the offer of the bundle's other files stays.
  const place = reply.kind === 'link' ? ({ ...asker, original: 'keep' } as const) : asker;
  await answer(place, message, { client, logger, clock });
};

const press = async (useCases: UseCases, click: Click): Promise<Reply> => {
  const { pressed, channel, person, delivery } = click;
  switch (pressed.kind) {
    case 'decide': {
      const { run, verdict, planDigest } = pressed;
      return useCases.decide({ run, verdict, planDigest, channel, person });
    }
    case 'cancel':
      return useCases.cancel({ run: pressed.run, channel, person });
    case 'ask again':
      return useCases.askAgain({ run: pressed.run, channel, person });
    case 'apply again':
      return useCases.applyAgain({ run: pressed.run, proof: pressed.proof, channel, person });
    case 'choose':
    case 'type':
      return useCases.command({ text: pressed.command.replace(/^\/k8s\s+/u, ''), channel, person, delivery });
    case 'unreadable':
      return {
        kind: 'say',
        text: 'This button is not from the Firebreak that runs now, so nothing was done.',
        lines: ['Type the command again to get a card that works.'],
        example: '/k8s status',
      };
  }
};

/** Takes the place of the offer, so that it is not pressed twice. */
const chosen = (click: Click) =>
  click.pressed.kind === 'choose'
    ? replyMessage({ kind: 'say', text: `Chosen: \`${click.pressed.command}\`` })
    : undefined;
