import { escapeMrkdwn } from './escape-mrkdwn.ts';
import { fallbackText, type Message } from './message.ts';
import { type Line, linesBlock, type Part } from './rich-text.ts';

/** A message of nothing but lines; its fallback says the same. */
export const linesMessage = (lines: readonly Line[]): Message => ({
  text: fallbackText(lines.map(lineText).join('\n')),
  blocks: [linesBlock(lines)],
});

/** A line for the fallback text, where mentions and times are written as tokens. */
const lineText = (line: Line): string => line.map(partText).join('');

const partText = (part: Part): string => {
  switch (part.type) {
    case 'text':
      return escapeMrkdwn(part.text);
    case 'user':
      return `<@${part.user_id}>`;
    case 'usergroup':
      return `<!subteam^${part.usergroup_id}>`;
    case 'date':
      return `<!date^${part.timestamp}^${part.format}^${part.fallback ?? ''}>`;
    case 'broadcast':
    case 'channel':
    case 'color':
    case 'emoji':
    case 'link':
    case 'team':
      return '';
  }
};
