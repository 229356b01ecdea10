import type { FieldChange, FieldValue, ObjectRef, WantedField, Write } from './change.ts';
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

/** Who holds the object once the write is made, as its marks will say it. */
type Marks = readonly Pick<FieldChange, 'path' | 'after'>[];

/** What stands in a field once these are written. */
const valueAfter = (raw: unknown, written: readonly FieldChange[], path: readonly string[]): FieldValue =>
  (written.find((field) => pathKey(field.path) === pathKey(path)) ?? { after: fieldAt(raw, path) }).after;

/** What stood in a mark before Firebreak came: what someone else wrote there since is theirs. */
const markBefore = (history: readonly HeldChange[], raw: unknown, path: readonly string[]): FieldValue => {
  const now = fieldAt(raw, path);
  const ours = heldFields(history).find((field) => pathKey(field.path) === pathKey(path));
  return ours !== undefined && sameValue(ours.after, now) ? ours.before : now;
};

/**
 * The marks of who holds the object after a write: this run, or for a change that puts something back whoever still holds
 * the rest; with nothing held any more, what they were before Firebreak came.
 */
export const marksAfter = (
  { object, raw, history, run, case: caseId, verb, cluster }: Omit<WantedWrite, 'fields'>,
  written: readonly FieldChange[],
): Marks => {
  const fields = written.filter((field) => !isMark(field));
  const change = { run, case: caseId, verb, cluster, object, fields, state: 'applied' } as const;
  const holder = heldFields([...history, change]).findLast(
    (field) => !isMark(field) && !sameValue(valueAfter(raw, fields, field.path), field.before),
  );
  return [
    { path: RUN_PATH, after: holder === undefined ? markBefore(history, raw, RUN_PATH) : holder.run },
    { path: CASE_PATH, after: holder === undefined ? markBefore(history, raw, CASE_PATH) : holder.case },
  ];
};

/**
 * The write that makes the wanted fields true, with its pre-image and its marks; undefined when all of it is true already.
 * A field that someone returned by hand is written as it is, so that the ledger knows.
 */
export const planWrite = (wanted: WantedWrite): Write | undefined => {
  const { object, raw, history } = wanted;
  const returned = new Set(
    heldFields(history)
      .filter((field) => sameValue(fieldAt(raw, field.path), field.before))
      .map(({ path }) => pathKey(path)),
  );
  const fields = wanted.fields
    .map(({ path, value }): FieldChange => ({ path, before: fieldAt(raw, path), after: value }))
    .filter(({ path, before, after }) => !sameValue(before, after) || returned.has(pathKey(path)));
  const marks = marksAfter(wanted, fields)
    .map(({ path, after }): FieldChange => ({ path, before: fieldAt(raw, path), after }))
    .filter(({ before, after }) => !sameValue(before, after));
  const write = [...fields, ...marks];
  return write.some(({ before, after }) => !sameValue(before, after)) ? { object, fields: write } : undefined;
};
