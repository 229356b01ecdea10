import { z } from 'zod';
import { NOTICES, type Notice } from '../flow/ledger.ts';
import type { OutboxItem } from '../flow/outbox.ts';

const EVENT_TYPE = 'firebreak_notice';

const metadataSchema = z.object({
  event_type: z.literal(EVENT_TYPE),
  event_payload: z.object({ run: z.string(), notice: z.enum(NOTICES), proof: z.exactOptional(z.string()) }),
});

/** Which message of a run it is: of a notice about a proof, the one about this proof. */
export interface NoticeMark {
  readonly run: string;
  readonly notice: Notice;
  readonly proof?: string;
}

export const markOf = ({ run, notice, about }: Pick<OutboxItem, 'run' | 'notice' | 'about'>): NoticeMark => ({
  run: run.id,
  notice,
  ...(about === undefined ? {} : { proof: about.round.id }),
});

/** What each message carries beside its text, so that it can be found again in the channel's history. */
export const noticeMetadata = ({ run, notice, proof }: NoticeMark) => ({
  event_type: EVENT_TYPE,
  event_payload: { run, notice, ...(proof === undefined ? {} : { proof }) },
});

/** Whether `metadata`, as the history returned it, marks this notice of this run. */
export const marksNotice = (metadata: unknown, { run, notice, proof }: NoticeMark): boolean => {
  const read = metadataSchema.safeParse(metadata);
  if (!read.success) return false;
  const payload = read.data.event_payload;
  return payload.run === run && payload.notice === notice && payload.proof === proof;
};
