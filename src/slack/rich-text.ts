import type { types } from '@slack/bolt';
import { cleanText } from '../core/clean-text.ts';

/** A piece of a line. Rich text is never parsed as markup, so text from outside can't format, mention or link. */
export type Part = types.RichTextElement;
export type Line = readonly Part[];

/** Longest single value in a line; the whole is in the manifest, the audit trail and `/k8s status`. */
const VALUE_CHARACTERS = 400;

const styled = (text: string, style: { readonly bold?: true; readonly code?: true }, max: number): Part => ({
  type: 'text',
  // Slack refuses an empty element.
  text: cleanText(text, max) || '-',
  style,
});

/** Firebreak's own words. Nothing from outside goes in here. */
export const words = (text: string): Part => ({ type: 'text', text });
export const plain = (text: string, max = VALUE_CHARACTERS): Part => ({
  type: 'text',
  text: cleanText(text, max) || '-',
});
export const bold = (text: string, max = VALUE_CHARACTERS): Part => styled(text, { bold: true }, max);
export const code = (text: string, max = VALUE_CHARACTERS): Part => styled(text, { code: true }, max);
export const user = (id: string): Part => ({ type: 'user', user_id: id });

/** An approver as the policy names it: `S…` is a user group, anything else a user. */
export const approver = (id: string): Part =>
  id.startsWith('S') ? { type: 'usergroup', usergroup_id: id } : { type: 'user', user_id: id };

/** `14:32` in the reader's own time zone; `14:32 UTC` where Slack can't say it. */
export const time = (at: Date): Part => ({
  type: 'date',
  timestamp: Math.floor(at.getTime() / 1000),
  format: '{time}',
  fallback: utcTime(at),
});

export const utcTime = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`;

/** A sentence in which `…` marks code, as Firebreak's own sentences do. */
export const sentence = (text: string, max = VALUE_CHARACTERS): Line =>
  cleanText(text, max)
    .split(/(`[^`]+`)/u)
    .filter((piece) => piece !== '')
    .map((piece) =>
      /^`[^`]+`$/u.test(piece) ? styled(piece.slice(1, -1), { code: true }, max) : words(piece),
    );

/** Parts with a separator between them. */
export const joined = (parts: readonly Part[], separator: string): Line =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [words(separator), part]));

const section = (parts: Line): types.RichTextSection => ({ type: 'rich_text_section', elements: [...parts] });

/** Lines below each other. */
export const linesBlock = (lines: readonly Line[]): types.RichTextBlock => ({
  type: 'rich_text',
  elements: [section(lines.flatMap((line, index) => (index === 0 ? line : [words('\n'), ...line])))],
});

/** A title with a bulleted list below it. */
export const listBlock = (title: string, items: readonly Line[]): types.RichTextBlock => ({
  type: 'rich_text',
  elements: [
    section([styled(title, { bold: true }, VALUE_CHARACTERS)]),
    { type: 'rich_text_list', style: 'bullet', elements: items.map(section) },
  ],
});

/** How much a person reads of a line, in characters. */
export const lineLength = (line: Line): number =>
  line.reduce((sum, part) => sum + ('text' in part ? (part.text ?? '').length : 12), 0);
