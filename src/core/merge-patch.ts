import type { FieldChange, FieldValue } from './change.ts';

interface Tree {
  [key: string]: Tree | FieldValue;
}

/** The fields as a JSON Merge Patch (RFC 7386), where `null` removes: `after` does the change, `before` reverses it. */
export const mergePatch = (
  fields: readonly FieldChange[],
  which: 'before' | 'after',
): Readonly<Record<string, unknown>> => {
  const patch: Tree = {};
  for (const field of fields) {
    let place = patch;
    for (const key of field.path.slice(0, -1)) {
      const below = place[key];
      const next: Tree = typeof below === 'object' && below !== null ? below : {};
      place[key] = next;
      place = next;
    }
    const leaf = field.path.at(-1);
    if (leaf !== undefined) place[leaf] = field[which];
  }
  return patch;
};

/** The same, bound: a server refuses it with 409 when the object is another one or was changed since. */
export const boundPatch = (
  fields: readonly FieldChange[],
  { uid, resourceVersion }: { readonly uid: string; readonly resourceVersion: string },
): Readonly<Record<string, unknown>> => {
  const { metadata, ...rest } = mergePatch(fields, 'after');
  return { ...rest, metadata: { ...(typeof metadata === 'object' ? metadata : {}), uid, resourceVersion } };
};

/** What a JSON Merge Patch makes of an object (RFC 7386, 2). */
export const merged = (object: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = new Map<string, unknown>(
    typeof object === 'object' && object !== null && !Array.isArray(object) ? Object.entries(object) : [],
  );
  for (const [key, value] of Object.entries(patch))
    if (value === null) result.delete(key);
    else result.set(key, merged(result.get(key), value));
  return Object.fromEntries(result);
};
