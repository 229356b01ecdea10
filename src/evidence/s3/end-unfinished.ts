import { PARTIAL_SUFFIX } from '../../core/evidence.ts';
import type { CopyTools } from './copy-object.ts';
import { finishUpload } from './finish-upload.ts';
import { moveObject } from './move-object.ts';
import { abortUpload, headObject } from './s3-calls.ts';
import { type BundlePlace, openUploads } from './s3-supersede.ts';

/**
 * Ends what was begun in a bundle and never closed: what arrived lies under `<name>.partial` afterwards. Resolves with those
 * names. An upload that the journal does not know has no part that counts: parts are sent after it was written down.
 */
export const endUnfinished = async (
  tools: CopyTools,
  place: BundlePlace,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { session, journal } = tools;
  const known = await journal.supersede(place.bundle);
  const uploads = await openUploads(tools, place, known, signal);
  const left: string[] = [];
  for (const upload of uploads) {
    const entry = known.find(({ uploadId }) => uploadId === upload.uploadId);
    const ended = entry === undefined ? 'name taken' : await finishUpload(session, upload, signal);
    if (ended === 'name taken') await abortUpload(session, upload, signal);
  }
  for (const { id, name } of known) {
    if ((await headObject(session, place.prefix + name, signal))?.writer === id) {
      const partial = name + PARTIAL_SUFFIX;
      await moveObject(tools, { ...place, from: name, to: partial }, signal);
      left.push(partial);
    }
    await journal.end(id);
  }
  return left.sort();
};
