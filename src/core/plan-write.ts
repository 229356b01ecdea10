import type { FieldChange, ObjectRef, WantedField, Write } from './change.ts';
import { fieldAt, sameValue } from './field-at.ts';
import { type HeldChange, heldFields } from './held-fields.ts';
import { CASE_PATH, isMark, pathKey, RUN_PATH } from './marks.ts';

export interface WantedWrite {
  readonly object: ObjectRef;
  /** The object as the API server sent it. */
  readonly raw: unknown;
  readonly fields: readonly WantedField[];
  /** What Firebreak did to this object so far, oldest first. */
  readonly history: readonly HeldChange[];
  readonly run: string;
  readonly case: string;
  readonly verb: string;
  readonly cluster: string;
}

/**
 * The write that makes the wanted fields true, with its pre-image; undefined when they are true already. It carries the
 * marks of who then holds the object: this run, or for a change that puts something back whoever still holds the rest;
 * with nothing held any more the marks become what they were before Firebreak came.
 */
export const planWrite = (wanted: WantedWrite): Write | undefined => {
  const { object, raw, history, cluster } = wanted;
  const changed = wanted.fields
    .map(({ path, value }): FieldChange => ({ path, before: fieldAt(raw, path), after: value }))
    .filter(({ before, after }) => !sameValue(before, after));
  if (changed.length === 0) return undefined;
  const held = heldFields([
    ...history,
    {
      run: wanted.run,
      case: wanted.case,
      verb: wanted.verb,
      cluster,
      object,
      fields: changed,
      state: 'applied',
    },
  ]);
  const holder = held.findLast((field) => !isMark(field));
  const base = (path: readonly string[]) => {
    const mark = heldFields(history).find((field) => pathKey(field.path) === pathKey(path));
    return mark === undefined ? fieldAt(raw, path) : mark.before;
  };
  const marks = [
    { path: RUN_PATH, after: holder === undefined ? base(RUN_PATH) : holder.run },
    { path: CASE_PATH, after: holder === undefined ? base(CASE_PATH) : holder.case },
  ]
    .map(({ path, after }): FieldChange => ({ path, before: fieldAt(raw, path), after }))
    .filter(({ before, after }) => !sameValue(before, after));
  return { object, fields: [...changed, ...marks] };
};
