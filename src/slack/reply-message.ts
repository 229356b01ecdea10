import type { types } from '@slack/bolt';
import { cleanText } from '../core/clean-text.ts';
import type { Reply } from '../flow/use-cases.ts';
import { checkMessage } from './check-message.ts';
import { ACTIONS, VALUE_CHARACTERS } from './click-value.ts';
import { commandBlocks } from './command-blocks.ts';
import { escapeMrkdwn } from './escape-mrkdwn.ts';
import { limitLines } from './limit-lines.ts';
import { linkMessage } from './link-message.ts';
import { fallbackText, type Message } from './message.ts';
import { objectBlocks } from './object-blocks.ts';
import { approver, bold, code, joined, type Line, linesBlock, sentence, words } from './rich-text.ts';

const TEXT_CHARACTERS = 1_500;
const LINES = { lines: 60, characters: 8_000 } as const;
/** They come before lines where there are both: a command is of no use in part. */
const COMMANDS = { commands: 20, characters: 8_500 } as const;
const LEAST_LINE_CHARACTERS = 2_000;
/** Block Kit: 25 elements in a block of actions, 75 characters on a button. */
const MAX_OPTIONS = 25;
const LABEL_CHARACTERS = 75;

/** What one person is told, in an ephemeral message. `undefined` when the channel's own message is the answer. */
export const replyMessage = (reply: Reply): Message | undefined => {
  switch (reply.kind) {
    case 'none':
      return undefined;
    case 'say':
      return said(reply);
    case 'choose':
      return {
        text: fallback([reply.text, ...reply.options.map((option) => option.command)]),
        blocks: [linesBlock([spoken(reply.text)]), ...optionBlocks(reply.options)],
      };
    case 'checked':
      return checkMessage(reply);
    case 'link':
      return linkMessage(reply);
  }
};

const said = (reply: Extract<Reply, { readonly kind: 'say' }>): Message => {
  const commands = commandBlocks(
    reply.commands ?? [],
    COMMANDS,
    'the database keeps what stood there before',
  );
  const objects = objectBlocks(reply.objects ?? [], COMMANDS.characters - commands.characters);
  const lines = {
    ...LINES,
    characters: Math.max(LEAST_LINE_CHARACTERS, LINES.characters - commands.characters - objects.characters),
  };
  return {
    text: fallback([
      reply.text,
      ...(reply.lines ?? []),
      ...(reply.example === undefined ? [] : [reply.example]),
    ]),
    blocks: [
      linesBlock([
        [...spoken(reply.text), ...named(reply.people ?? [])],
        ...limitLines((reply.lines ?? []).map(spoken), lines, 'lines, which Slack would not take'),
        ...(reply.example === undefined ? [] : [[words('Example: '), code(reply.example, TEXT_CHARACTERS)]]),
      ]),
      ...commands.blocks,
      ...objects.blocks,
    ],
  };
};

/** A sentence of the flow; what is named on a button stands between asterisks. */
const spoken = (text: string): Line => {
  const line = text
    .split(/(\*[\p{L}\p{N}][^*]*\*)/u)
    .flatMap((piece): Line => (/^\*[^*]+\*$/u.test(piece) ? [bold(piece.slice(1, -1))] : within(piece)));
  return line.length === 0 ? [words(' ')] : line;
};

/** Part of a sentence, with the spaces at its ends that cleaning takes away. */
const within = (piece: string): Line => {
  const line = sentence(piece, TEXT_CHARACTERS);
  return [
    ...(/^\s/u.test(piece) && line.length > 0 ? [words(' ')] : []),
    ...line,
    ...(/\s$/u.test(piece) ? [words(' ')] : []),
  ];
};

/** The people that a sentence ends with. Naming them disturbs nobody: only the asker sees it. */
const named = (people: readonly string[]): Line =>
  people.length === 0 ? [] : [words(' '), ...joined(people.map(approver), ', '), words('.')];

const optionBlocks = (
  options: readonly { readonly label: string; readonly command: string }[],
): readonly types.KnownBlock[] => {
  const buttons = options
    .map((option) => ({ label: option.label, value: JSON.stringify({ command: option.command }) }))
    .filter((option) => option.value.length <= VALUE_CHARACTERS);
  const shown = buttons.slice(0, MAX_OPTIONS);
  const rest = options.length - shown.length;
  return [
    ...(shown.length === 0
      ? []
      : [
          {
            type: 'actions' as const,
            elements: shown.map(({ label, value }, index) => ({
              type: 'button' as const,
              action_id: `${ACTIONS.choose}.${index}`,
              text: {
                type: 'plain_text' as const,
                text: cleanText(label, LABEL_CHARACTERS) || '-',
                emoji: false,
              },
              value,
            })),
          },
        ]),
    ...(rest > 0
      ? [linesBlock([[words(`… ${rest} more. Type the whole command to name one of them.`)]])]
      : []),
  ];
};

const fallback = (pieces: readonly string[]): string =>
  fallbackText(pieces.map((piece) => escapeMrkdwn(cleanText(piece, TEXT_CHARACTERS))).join('\n'));
