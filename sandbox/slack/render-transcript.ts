import { objectAt, stringAt } from './json.ts';
import { mention, mrkdwnToText } from './mrkdwn-to-text.ts';
import { type ButtonNumbers, renderBlocks } from './render-blocks.ts';
import { type Line, type PlacedLine, type PrintOptions, printLines } from './terminal-lines.ts';
import type { Ephemeral, Message } from './visible.ts';
import type { World } from './world.ts';

export interface TranscriptOptions extends PrintOptions {
  /** Whose screen it is: other people's ephemeral messages and commands are left out. Everybody's when left out. */
  readonly viewer?: string;
}

/** A button that a transcript numbered, with what `click` needs to press it. */
export interface NumberedButton {
  readonly number: number;
  readonly messageTs: string;
  readonly actionId: string;
  readonly value: string | undefined;
  readonly label: string;
  /** The only person who can press it, for a button in an ephemeral message. */
  readonly onlyFor: string | undefined;
}

interface Entry {
  readonly order: number;
  readonly lines: readonly PlacedLine[];
}

const BODY_INDENT = '  ';
const THREAD_INDENT = '    │ ';

/**
 * The channel as plain text: time (UTC), author, text and blocks; threads indented below their parent; edits in their
 * final state; ephemeral messages and typed commands marked with who sees them. Empty when nothing happened.
 */
export function renderTranscript(world: World, channel: string, options: TranscriptOptions = {}): string {
  return compose(world, channel, options).text;
}

/** The buttons with the numbers that `renderTranscript` shows for the same channel and viewer. */
export function numberedButtons(
  world: World,
  channel: string,
  options: TranscriptOptions = {},
): readonly NumberedButton[] {
  return compose(world, channel, options).buttons;
}

function compose(world: World, channel: string, options: TranscriptOptions) {
  const { viewer } = options;
  const buttons: NumberedButton[] = [];
  const sees = (user: string): boolean => viewer === undefined || viewer === user;
  const messages = world.visible.messages.filter((message) => message.channel === channel);
  const whispers = world.visible.ephemerals.filter((entry) => entry.channel === channel && sees(entry.user));
  const commands = world.commands.filter((entry) => entry.channel === channel && sees(entry.user));
  const everything = [...messages, ...whispers];
  const roots = everything
    .filter(
      (shown) =>
        shown.threadTs === undefined ||
        shown.threadTs === shown.ts ||
        !messages.some((message) => message.ts === shown.threadTs),
    )
    .sort((a, b) => a.order - b.order);

  const draw = (shown: Message | Ephemeral, indent: string): PlacedLine[] => {
    const numbers = numbering(shown, buttons);
    const plain = mrkdwnToText(world, shown.text).split('\n');
    const reactions = shown.kind === 'message' ? shown.reactions.map((reaction) => `:${reaction.name}:`) : [];
    const body: readonly Line[] =
      shown.blocks.length > 0
        ? renderBlocks(world, shown.blocks, numbers)
        : plain.map((text) => ({ kind: 'text', text }));
    const marks = [
      ...(shown.kind === 'ephemeral' ? [`(only visible to ${mention(world, shown.user)})`] : []),
      ...(shown.versions.length > 1 ? [`(edited ${clockTime(shown.at)})`] : []),
    ];
    const author = mention(world, shown.author).slice(1);
    return [
      { kind: 'head', indent, text: [clockTime(firstSeen(shown)), author, ...marks].join('  ') },
      ...body.map((line): PlacedLine => ({ ...line, indent: indent + BODY_INDENT })),
      ...(reactions.length > 0
        ? [{ kind: 'text', indent: indent + BODY_INDENT, text: reactions.join(' ') } as const]
        : []),
    ];
  };

  const entries: Entry[] = roots.map((root) => ({
    order: root.order,
    lines: [
      ...draw(root, ''),
      ...everything
        .filter((shown) => shown.threadTs === root.ts && shown.ts !== root.ts)
        .flatMap((reply) => draw(reply, THREAD_INDENT)),
    ],
  }));
  for (const { user, text, at, order } of commands)
    entries.push({
      order,
      lines: [
        { kind: 'head', indent: '', text: `${clockTime(at)}  ${mention(world, user).slice(1)}  ▸ ${text}` },
      ],
    });
  entries.sort((a, b) => a.order - b.order);

  const name = world.channels.get(channel)?.name ?? channel;
  const body = entries.map((entry) => printLines(entry.lines, options)).join('\n\n');
  return { text: body === '' ? '' : `#${name}\n\n${body}\n`, buttons };
}

/** Numbers go on through the whole transcript. */
function numbering(shown: Message | Ephemeral, buttons: NumberedButton[]): ButtonNumbers {
  return {
    next(element) {
      const number = buttons.length + 1;
      buttons.push({
        number,
        messageTs: shown.ts,
        actionId: stringAt(element, 'action_id'),
        value: stringAt(element, 'value') || undefined,
        label: stringAt(objectAt(element, 'text'), 'text'),
        onlyFor: shown.kind === 'ephemeral' ? shown.user : undefined,
      });
      return number;
    },
  };
}

function firstSeen(shown: Message | Ephemeral): number {
  return shown.versions[0]?.at ?? shown.at;
}

function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
