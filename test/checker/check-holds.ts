import { type LoggedPatch, leafOf, sameLeaf } from './patch-log.ts';
import type { Database, Leaf } from './read-database.ts';

const RUN = ['metadata', 'annotations', 'firebreak.dev/run'];
const CASE = ['metadata', 'labels', 'firebreak.dev/case'];
const textOf = (path: readonly string[]): string => path.join('\0');

/** Whether a field is one by which Firebreak says who holds an object. */
export const isMark = (path: readonly string[]): boolean =>
  [textOf(RUN), textOf(CASE)].includes(textOf(path));

/** What somebody holds: what stood there before, what was left there, and by which run. */
interface Held {
  readonly base: Leaf;
  readonly left: Leaf;
  readonly run: string;
}

/**
 * Plays every PATCH that was carried out once more: as long as something is held on an object, the object carries the run
 * and the case of who wrote it last; with nothing held, what stood in the marks before.
 */
export const checkHolds = (
  { changes, runs }: Database,
  patches: readonly LoggedPatch[],
): readonly string[] => {
  const found: string[] = [];
  const held = new Map<string, Map<string, Held>>();
  const marks = new Map<string, { readonly run: Leaf; readonly case: Leaf }>();
  for (const { done, uid = '', resourceVersion, request } of patches) {
    if (done === undefined) continue;
    const change = changes.find((one) => one.uid === uid && one.resource_version === resourceVersion);
    const run = runs.find(({ id }) => id === change?.run_id);
    if (change === undefined || run === undefined) continue;
    const fields = held.get(uid) ?? new Map<string, Held>();
    held.set(uid, fields);
    if (fields.size === 0) marks.set(uid, { run: leafOf(done.before, RUN), case: leafOf(done.before, CASE) });
    for (const { path, after } of change.fields.filter((field) => !isMark(field.path))) {
      const before = leafOf(done.before, path);
      const earlier = fields.get(textOf(path));
      const base = earlier !== undefined && sameLeaf(earlier.left, before) ? earlier.base : before;
      fields.delete(textOf(path));
      if (!sameLeaf(base, after)) fields.set(textOf(path), { base, left: after, run: run.id });
    }
    const holder = [...fields.values()].at(-1);
    const holding = runs.find(({ id }) => id === holder?.run);
    const expected = holding === undefined ? marks.get(uid) : { run: holding.id, case: holding.case_id };
    const carried = { run: leafOf(done.after, RUN), case: leafOf(done.after, CASE) };
    if (expected?.run !== carried.run || expected.case !== carried.case)
      found.push(
        `${request.resource}/${request.name} carries run ${carried.run} and case ${carried.case} after ${run.id}; it should be ${expected?.run} and ${expected?.case}`,
      );
  }
  return found;
};
