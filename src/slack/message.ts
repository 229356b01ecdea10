import type { types } from '@slack/bolt';

/** Slack refuses an edit whose text has more than 4,000 bytes (`msg_too_long`); a character has up to four. */
const TEXT_CHARACTERS = 900;

/** What is sent: blocks for the channel, `text` for notifications, screen readers and clients without blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly types.KnownBlock[];
}

/** The fallback text, cut to what an edit takes. */
export const fallbackText = (text: string): string =>
  text.length <= TEXT_CHARACTERS
    ? text
    : `${text.slice(0, TEXT_CHARACTERS - 1).replace(/[&<][^;>]*$/u, '')}…`;
