import type { types } from '@slack/bolt';
import { cleanText } from '../core/clean-text.ts';

/** Block Kit: a header takes 150 characters of plain text. */
const HEADER_CHARACTERS = 150;

/** The first line of a message: the verdict, in plain text, so that nothing in it is read as markup. */
export const headerBlock = (text: string): types.HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text: cleanText(text, HEADER_CHARACTERS), emoji: false },
});
