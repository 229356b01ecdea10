import type { Change, FieldChange, FieldValue, WantedField } from '../../core/change.ts';
import { fieldAt, fieldName, sameValue } from '../../core/field-at.ts';
import type { HeldField } from '../../core/held-fields.ts';
import { isMark, pathKey } from '../../core/marks.ts';
import { isEphemeralPath } from '../../core/structure.ts';
import { shown } from './change-words.ts';

interface PutBack {
  /** What stands as the run left it, with what stood there before it. */
  readonly fields: readonly (WantedField & { readonly now: FieldValue })[];
  /** What is as it was before the run: written as it is, so that the ledger knows. */
  readonly returned: readonly WantedField[];
  /** The same in words; each the beginning of a sentence. */
  readonly already: readonly string[];
  /** What someone else changed since; each the beginning of a sentence. */
  readonly drifted: readonly string[];
  /** What other runs hold by the same fields, whose hold ends too: whole sentences. */
  readonly endsToo: readonly string[];
}

/** What one run did to each field in all: a run whose outcome was unknown may have written twice. */
const altogether = (changes: readonly Pick<Change, 'fields' | 'state'>[]): readonly FieldChange[] => {
  const fields = new Map<string, FieldChange>();
  for (const { state, fields: changed } of changes) {
    if (state === 'not applied') continue;
    for (const field of changed) {
      const key = pathKey(field.path);
      const { before } = fields.get(key) ?? field;
      fields.set(key, { ...field, before });
    }
  }
  return [...fields.values()].filter(
    // An ephemeral container can't be taken away again.
    (field) => !isMark(field) && !isEphemeralPath(field.path) && !sameValue(field.before, field.after),
  );
};

/** Compares what a run did with what stands there now. Only what is still as the run left it is put back. */
export const putBack = (
  undoes: readonly Pick<Change, 'fields' | 'state'>[],
  object: unknown,
  held: readonly HeldField[],
  run: string,
): PutBack => {
  const all = altogether(undoes).map((field) => ({ ...field, now: fieldAt(object, field.path) }));
  const ours = all.filter(({ now, after }) => sameValue(now, after));
  const rest = all.filter((field) => !ours.includes(field));
  const back = rest.filter(({ now, before }) => sameValue(now, before));
  const holderOf = ({ path }: Pick<FieldChange, 'path'>) =>
    held.find((field) => pathKey(field.path) === pathKey(path) && field.run !== run);
  return {
    fields: ours.map(({ path, before, now }) => ({ path, value: before, now })),
    returned: back.map(({ path, before }) => ({ path, value: before })),
    already: back.map((field) => `${fieldName(field)} is already ${shown(field.now)} again`),
    drifted: rest
      .filter(({ now, before }) => !sameValue(now, before))
      .map((field) => `${fieldName(field)} is now ${shown(field.now)}, was set to ${shown(field.after)}`),
    endsToo: ours.flatMap((field) => {
      const holder = holderOf(field);
      return holder === undefined
        ? []
        : [`It ends what ${holder.run} (${holder.verb}) holds too: ${fieldName(field)}.`];
    }),
  };
};
