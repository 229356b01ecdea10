import { z } from 'zod';
import type { Message } from '../../sandbox/slack/visible.ts';

const metadata = z.object({
  event_payload: z.object({ run: z.string(), notice: z.string(), proof: z.string().optional() }),
});

/** Which notice of which run a message is, by the metadata that it carries. */
export const noticeOf = (message: Message): z.infer<typeof metadata>['event_payload'] | undefined =>
  metadata.safeParse(message.metadata).data?.event_payload;

/** Every text in a block, joined in order. */
export const wordsOf = (block: unknown): string => {
  if (Array.isArray(block)) return block.map(wordsOf).join('');
  if (typeof block !== 'object' || block === null) return '';
  return Object.entries(block)
    .map(([key, value]) => (key === 'text' && typeof value === 'string' ? value : wordsOf(value)))
    .join('');
};
