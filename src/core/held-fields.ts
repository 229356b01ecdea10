import { type Change, type FieldChange, type FieldValue, type ObjectRef, UNDO_VERB } from './change.ts';
import { sameValue, stands } from './field-at.ts';
import { pathKey } from './marks.ts';
import { isEphemeralPath } from './structure.ts';

/** A field that stands as Firebreak left it, and not as it stood before Firebreak first touched it. */
export interface HeldField extends FieldChange {
  /** `before` is what stood there first; `after` what was written last. By whom: */
  readonly run: string;
  readonly case: string;
  readonly verb: string;
  readonly cluster: string;
  readonly object: ObjectRef;
  /** Whether the last write surely happened. */
  readonly state: 'applied' | 'unknown';
  /** Of an object that Firebreak made: the UID that the cluster gave it, once it is known. */
  readonly madeUid?: string;
}

/** As much of a change as is looked at. */
export type HeldChange = Pick<
  Change,
  'run' | 'case' | 'verb' | 'cluster' | 'object' | 'fields' | 'state' | 'madeUid'
>;

/** What is held, what would be if the last write did not happen after all, and what was held when it came. */
interface Entry {
  readonly field: HeldField;
  readonly otherwise?: Entry | undefined;
  readonly below?: Entry | undefined;
}

/** What was held when a write found this value there; undefined when what it found is somebody else's. */
const foundBy = (entry: Entry | undefined, value: FieldValue): Entry | undefined =>
  entry === undefined || sameValue(entry.field.after, value) ? entry : foundBy(entry.otherwise, value);

/** Whose hold it is again when an undo returns the field to what an earlier run had set. */
const returnedTo = (entry: Entry | undefined, value: FieldValue): Entry | undefined =>
  entry === undefined || sameValue(entry.field.after, value) ? entry : returnedTo(entry.below, value);

/**
 * What Firebreak holds, from the history of its changes, oldest first. A field is held from its first write until a
 * write surely puts back what stood there before; when someone else wrote between two of ours, what they wrote is what
 * ours found, and counts from there. An undo that returns a field to what an earlier run had set returns it to that run.
 * Marks are included: see `isMark`.
 */
export const heldFields = (changes: readonly HeldChange[]): readonly HeldField[] => {
  const held = new Map<string, Entry>();
  for (const change of changes) {
    // An intent without outcome may have happened.
    if (change.state === 'not applied') continue;
    const state = change.state === 'applied' ? 'applied' : 'unknown';
    const { run, case: caseId, verb, cluster, object } = change;
    const made = change.madeUid === undefined ? {} : { madeUid: change.madeUid };
    for (const { path, before, after } of change.fields) {
      // It can't be taken away again, and ends by itself.
      if (isEphemeralPath(path)) continue;
      const key = `${cluster}\0${object.uid}\0${pathKey(path)}`;
      const earlier = held.get(key);
      const found = foundBy(earlier, before);
      const first: FieldValue = (found?.field ?? { before }).before;
      const owner = verb === UNDO_VERB && state === 'applied' ? returnedTo(found?.below, after) : undefined;
      // Set anew, so that the order is that of the last writes.
      held.delete(key);
      if (owner !== undefined && !sameValue(first, after)) held.set(key, owner);
      else if (!sameValue(first, after))
        held.set(key, {
          field: { path, before: first, after, run, case: caseId, verb, cluster, object, state, ...made },
          otherwise: state === 'unknown' ? earlier : undefined,
          below: found,
        });
      else if (state === 'unknown' && earlier !== undefined)
        held.set(key, { ...earlier, field: { ...earlier.field, state } });
    }
  }
  return [...held.values()].map(({ field }) => field);
};

/** What of it still is held, by what stands on the object: someone may have put it back by hand. */
export const stillHeld = (fields: readonly HeldField[], object: unknown): readonly HeldField[] =>
  fields.filter(({ path, before }) => !stands(object, path, before));
