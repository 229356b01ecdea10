import type { Change, ChangeState, FieldChange } from '../core/change.ts';
import type { ClusterReader } from '../core/cluster.ts';
import { stands } from '../core/field-at.ts';
import { FIELD_MANAGER, RUN_ANNOTATION } from '../core/marks.ts';
import { readIfThere } from '../core/read-if-there.ts';
import { isObjectPath } from '../core/structure.ts';
import { readMetadata } from './read-object.ts';

/**
 * What the object says of a change. `untouched`: it is as it was when the intent was written, so a request that is
 * still on its way could yet be carried out.
 */
export type Seen =
  | {
      readonly kind: Exclude<ChangeState, 'intended'>;
      readonly resourceVersion?: string;
      readonly madeUid?: string;
    }
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
  const raw = await readIfThere(reader, object, signal);
  const whole = fields.find(({ path }) => isObjectPath(path));
  if (whole !== undefined) return whole.after === null ? takenAway(change, raw) : made(change, whole, raw);
  if (raw === undefined) return { kind: 'unknown' };
  const { uid, resourceVersion } = readMetadata(raw, object.kind);
  if (uid !== object.uid) return { kind: 'unknown' };
  if (resourceVersion === change.resourceVersion) return { kind: 'untouched' };
  const all = (which: 'before' | 'after'): boolean =>
    fields.every((field) => stands(raw, field.path, field[which]));
  if (all('after')) return { kind: 'applied', resourceVersion };
  return all('before') ? { kind: 'not applied', resourceVersion } : { kind: 'unknown', resourceVersion };
};

/** A request that makes an object is bound to nothing: as long as the name is free, it could yet be carried out. */
const made = ({ object, run }: Change, whole: FieldChange, raw: unknown): Seen => {
  if (raw === undefined) return { kind: 'untouched' };
  const { uid, resourceVersion, annotations, managedFields } = readMetadata(raw, object.kind);
  if (stands(raw, whole.path, whole.after)) return { kind: 'applied', resourceVersion, madeUid: uid };
  const ours =
    annotations[RUN_ANNOTATION] === run || managedFields.some(({ manager }) => manager === FIELD_MANAGER);
  // Somebody else has the name, so that it is refused.
  return ours ? { kind: 'unknown', resourceVersion, madeUid: uid } : { kind: 'not applied', resourceVersion };
};

const takenAway = (change: Change, raw: unknown): Seen => {
  if (raw === undefined) return { kind: 'applied' };
  const { uid, resourceVersion, deletionTimestamp } = readMetadata(raw, change.object.kind);
  // Another object than the one to which the call was bound, or one that is on its way out.
  if (deletionTimestamp !== undefined || (change.madeUid !== undefined && uid !== change.madeUid))
    return { kind: 'applied' };
  return resourceVersion === change.resourceVersion
    ? { kind: 'untouched' }
    : { kind: 'not applied', resourceVersion };
};
