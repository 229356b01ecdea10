import type { types } from '@slack/bolt';

/** Slack refuses an edit whose text has more than 4,000 bytes (`msg_too_long`). */
const TEXT_BYTES = 3_500;

/** What is sent: blocks for the channel, `text` for notifications, screen readers and clients without blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly types.KnownBlock[];
}

/** The fallback text, cut to what an edit takes; never within a character, a mention or an escaped one. */
export const fallbackText = (text: string): string => {
  if (Buffer.byteLength(text) <= TEXT_BYTES) return text;
  // A character that was cut in two decodes as U+FFFD.
  const cut = Buffer.from(text)
    .subarray(0, TEXT_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/u, '');
  return `${cut.replace(/<[^>]*$/u, '').replace(/&[a-z]*$/u, '')}…`;
};
