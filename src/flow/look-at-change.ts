import type { Change, ChangeState } from '../core/change.ts';
import type { ClusterReader } from '../core/cluster.ts';
import { fieldAt, sameValue } from '../core/field-at.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { targetPath } from '../core/target.ts';
import { readMetadata } from './read-object.ts';

/**
 * What the object says of a change. `untouched`: it is as it was when the intent was written, so a request that is
 * still on its way could yet be carried out.
 */
export type Seen =
  | { readonly kind: Exclude<ChangeState, 'intended'>; readonly resourceVersion?: string }
  | { readonly kind: 'untouched' };

/**
 * Resolves a change whose answer was lost by reading its object. The call was bound to the pre-image's resourceVersion:
 * with another one, what is not there can't come any more. Throws what the cluster throws, but for an object that is
 * gone, of which nothing can be known.
 */
export const lookAtChange = async (
  reader: Pick<ClusterReader, 'get'>,
  change: Change,
  signal: AbortSignal,
): Promise<Seen> => {
  const { object, fields } = change;
  let raw: unknown;
  try {
    raw = await reader.get(targetPath(object), signal);
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-found') return { kind: 'unknown' };
    throw thrown;
  }
  const { uid, resourceVersion } = readMetadata(raw, object.kind);
  if (uid !== object.uid) return { kind: 'unknown' };
  if (resourceVersion === change.resourceVersion) return { kind: 'untouched' };
  const all = (which: 'before' | 'after'): boolean =>
    fields.every((field) => sameValue(fieldAt(raw, field.path), field[which]));
  if (all('after')) return { kind: 'applied', resourceVersion };
  return all('before') ? { kind: 'not applied', resourceVersion } : { kind: 'unknown', resourceVersion };
};
