import type { types } from '@slack/bolt';
import { copyable } from '../core/copyable.ts';
import { copyBlock } from './copy-block.ts';
import { linesBlock, words } from './rich-text.ts';

export interface TitledCommand {
  /** Firebreak's own words. */
  readonly title: string;
  readonly command: string;
}

export interface CommandBlocks {
  readonly blocks: readonly types.KnownBlock[];
  /** What they take of a message, as Slack counts it: JSON's escapes included. */
  readonly characters: number;
}

/**
 * Commands below their titles, each whole. One that does not fit into `characters` is left out, and `rest` says where
 * it is.
 */
export const commandBlocks = (
  commands: readonly TitledCommand[],
  limits: { readonly commands: number; readonly characters: number },
  rest: string,
): CommandBlocks => {
  let characters = 0;
  const fitting = commands.filter(({ command }, index) => {
    const length = JSON.stringify(copyable(command)).length;
    if (index >= limits.commands || characters + length > limits.characters) return false;
    characters += length;
    return true;
  });
  const missing = commands.length - fitting.length;
  const groups = [...Map.groupBy(fitting, ({ title }) => title)];
  return {
    characters: characters + groups.reduce((sum, [title]) => sum + title.length, 0),
    blocks: [
      ...groups.map(([title, group]) =>
        copyBlock(
          title,
          group.map(({ command }) => command),
        ),
      ),
      ...(missing === 0
        ? []
        : [
            linesBlock([
              [
                words(
                  missing === 1
                    ? `… 1 command is too long for this message; ${rest}.`
                    : `… ${missing} commands do not fit into this message; ${rest}.`,
                ),
              ],
            ]),
          ]),
    ],
  };
};
