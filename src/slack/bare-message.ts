import type { Message } from './message.ts';
import { linesBlock, words } from './rich-text.ts';

/**
 * The same message cut to its first block and its buttons, for a Slack that refuses the whole one (`msg_too_long`,
 * `invalid_blocks`). The buttons stay: a request must be decidable.
 */
export const bareMessage = (message: Message): Message => ({
  text: message.text,
  blocks: [
    ...message.blocks.slice(0, 1).filter((block) => block.type === 'header'),
    linesBlock([[words('Slack refused the whole message. Type /k8s status to see the rest.')]]),
    ...message.blocks.filter((block) => block.type === 'actions'),
  ],
});
