import { abortUpload, completeUpload } from './s3-calls.ts';
import { listParts, type OpenUpload } from './s3-lists.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

/**
 * Ends an upload that its writer will not end: what arrived becomes an object under its name. That is what came before the
 * first part that is missing; two parts travel at once, so there can be one behind a gap, and nothing says where it
 * belongs. Where nothing arrived the upload is aborted. `name taken`: an object lies there, move it and ask again.
 */
export const finishUpload = async (
  session: S3Session,
  upload: OpenUpload,
  signal: AbortSignal,
): Promise<'completed' | 'aborted' | 'gone' | 'name taken'> => {
  const arrived = await listParts(session, upload, signal);
  if (arrived === 'gone') return 'gone';
  const gap = arrived.findIndex(({ PartNumber }, index) => PartNumber !== index + 1);
  const whole = gap === -1 ? arrived : arrived.slice(0, gap);
  if (whole.length === 0) {
    await abortUpload(session, upload, signal);
    return 'aborted';
  }
  const parts = whole.map(({ bytes: _bytes, ...part }) => part);
  const bytes = whole.reduce((sum, part) => sum + part.bytes, 0);
  try {
    await completeUpload(session, upload, parts, bytes);
    return 'completed';
  } catch (thrown) {
    if (isRefusal(thrown, 'NoSuchUpload')) return 'gone';
    if (isRefusal(thrown, 'PreconditionFailed')) return 'name taken';
    throw thrown;
  }
};
