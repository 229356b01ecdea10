import type { types } from '@slack/bolt';
import type { Reply } from '../flow/use-cases.ts';
import { cleanText } from './clean-text.ts';
import { ACTIONS, VALUE_CHARACTERS } from './click-value.ts';
import { escapeMrkdwn } from './escape-mrkdwn.ts';
import { limitLines } from './limit-lines.ts';
import { fallbackText, type Message } from './message.ts';
import { code, type Line, linesBlock, sentence, user, words } from './rich-text.ts';

const TEXT_CHARACTERS = 1_500;
const LINES = { lines: 60, characters: 8_000 } as const;
/** Block Kit: 25 elements in a block of actions, 75 characters on a button. */
const MAX_OPTIONS = 25;
const LABEL_CHARACTERS = 75;
const MENTION = /(<@[UW][A-Z0-9]{1,30}>)/u;

/** What one person is told, in an ephemeral message. `undefined` when the channel's own message is the answer. */
export const replyMessage = (reply: Reply): Message | undefined => {
  switch (reply.kind) {
    case 'none':
      return undefined;
    case 'say':
      return {
        text: fallback([
          reply.text,
          ...(reply.lines ?? []),
          ...(reply.example === undefined ? [] : [reply.example]),
        ]),
        blocks: [
          linesBlock([
            spoken(reply.text),
            ...limitLines((reply.lines ?? []).map(spoken), LINES, 'lines, which Slack would not take'),
            ...(reply.example === undefined
              ? []
              : [[words('Example: '), code(reply.example, TEXT_CHARACTERS)]]),
          ]),
        ],
      };
    case 'choose':
      return {
        text: fallback([reply.text, ...reply.options.map((option) => option.command)]),
        blocks: [linesBlock([spoken(reply.text)]), ...optionBlocks(reply.options)],
      };
  }
};

/** A sentence of the flow. People in it are named, which disturbs nobody: only the asker sees it. */
const spoken = (text: string): Line => {
  const line = text
    .split(MENTION)
    .flatMap(
      (piece): Line => (MENTION.test(piece) ? [user(piece.slice(2, -1))] : piece === '' ? [] : spaced(piece)),
    );
  return line.length === 0 ? [words(' ')] : line;
};

/** Keeps the spaces around a mention, which cleaning takes away at the ends of a text. */
const spaced = (piece: string): Line => [
  ...(/^\s/u.test(piece) ? [words(' ')] : []),
  ...sentence(piece, TEXT_CHARACTERS),
  ...(/\S\s+$/u.test(piece) ? [words(' ')] : []),
];

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
