import { z } from 'zod';
import { NOTICES, type Notice } from '../flow/ledger.ts';

const EVENT_TYPE = 'firebreak_notice';

const metadataSchema = z.object({
  event_type: z.literal(EVENT_TYPE),
  event_payload: z.object({ run: z.string(), notice: z.enum(NOTICES) }),
});

/** What each message carries beside its text, so that it can be found again in the channel's history. */
export const noticeMetadata = (run: string, notice: Notice) => ({
  event_type: EVENT_TYPE,
  event_payload: { run, notice },
});

/** Whether `metadata`, as the history returned it, marks this notice of this run. */
export const marksNotice = (metadata: unknown, run: string, notice: Notice): boolean => {
  const read = metadataSchema.safeParse(metadata);
  return read.success && read.data.event_payload.run === run && read.data.event_payload.notice === notice;
};
