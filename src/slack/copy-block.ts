import type { types } from '@slack/bolt';
import { copyable } from '../core/copyable.ts';

/** The command on lines of its own, with what it is for above it. */
export const copyBlock = (title: string, commands: readonly string[]): types.RichTextBlock => ({
  type: 'rich_text',
  elements: [
    { type: 'rich_text_section', elements: [{ type: 'text', text: title, style: { bold: true } }] },
    ...commands.map(
      (command): types.RichTextPreformatted => ({
        type: 'rich_text_preformatted',
        elements: [{ type: 'text', text: copyable(command) }],
      }),
    ),
  ],
});
