import { type CopyTools, copyObject } from './copy-object.ts';
import { deleteObject, headObject } from './s3-calls.ts';

/**
 * Moves an object within its bundle by copy and delete. A version that the bucket keeps, or that is locked, stays below a
 * delete marker. An object that is not there any more has nothing to move.
 */
export const moveObject = async (
  tools: CopyTools,
  place: { readonly prefix: string; readonly bundle: string; readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<void> => {
  const from = place.prefix + place.from;
  const source = await headObject(tools.session, from, signal);
  if (source === undefined) return;
  const copy = { from, source, to: place.prefix + place.to, bundle: place.bundle, name: place.to };
  if ((await copyObject(tools, copy, signal)) === 'copied')
    await deleteObject(tools.session, { key: from, etag: source.etag }, signal);
};
