import type { Database, Leaf } from './read-database.ts';
import { type LoggedWrite, leafOf, sameLeaf } from './write-log.ts';
import { isEphemeral } from './written-kinds.ts';

const RUN = ['metadata', 'annotations', 'firebreak.dev/run'];
const CASE = ['metadata', 'labels', 'firebreak.dev/case'];
const textOf = (path: readonly string[]): string => path.join('\0');

/** Whether a field is one by which Firebreak says who holds an object. */
export const isMark = (path: readonly string[]): boolean =>
  [textOf(RUN), textOf(CASE)].includes(textOf(path));

/** What somebody holds: what stood there before, what was left there, by which run, and what was held below it. */
interface Held {
  readonly base: Leaf;
  readonly left: Leaf;
  readonly run: string;
  readonly below?: Held | undefined;
}

interface MarkValues {
  readonly run: Leaf;
  readonly case: Leaf;
}

const marksOf = (object: unknown): MarkValues => ({ run: leafOf(object, RUN), case: leafOf(object, CASE) });

const earlierHold = (hold: Held | undefined, value: Leaf): Held | undefined =>
  hold === undefined || sameLeaf(hold.left, value) ? hold : earlierHold(hold.below, value);

/**
 * Plays every PATCH that was carried out once more: as long as something is held on an object, the object carries the run
 * and the case of who wrote it last, of an undo's field who held it before; with nothing held, what stood in the marks
 * before. What someone put back by hand is not held.
 */
export const checkHolds = (
  { changes, runs }: Database,
  writes: readonly LoggedWrite[],
): readonly string[] => {
  const found: string[] = [];
  const held = new Map<string, Map<string, Held>>();
  const marks = new Map<string, { readonly before: MarkValues; readonly left: MarkValues }>();
  for (const { done, uid = '', resourceVersion, request, method } of writes) {
    if (done === undefined || method !== 'PATCH') continue;
    const change = changes.find(
      (one) =>
        one.uid === uid &&
        one.resource_version === resourceVersion &&
        !one.fields.some(({ path }) => isEphemeral(path)),
    );
    const run = runs.find(({ id }) => id === change?.run_id);
    if (change === undefined || run === undefined) continue;
    const fields = held.get(uid) ?? new Map<string, Held>();
    held.set(uid, fields);
    const there = marksOf(done.before);
    const known = marks.get(uid);
    const before: MarkValues = {
      run: known !== undefined && sameLeaf(known.left.run, there.run) ? known.before.run : there.run,
      case: known !== undefined && sameLeaf(known.left.case, there.case) ? known.before.case : there.case,
    };
    for (const { path, after } of change.fields.filter((field) => !isMark(field.path))) {
      const found = leafOf(done.before, path);
      const earlier = fields.get(textOf(path));
      const below = earlier !== undefined && sameLeaf(earlier.left, found) ? earlier : undefined;
      const base = below === undefined ? found : below.base;
      const owner = run.plan.verb === 'undo' ? earlierHold(below?.below, after) : undefined;
      fields.delete(textOf(path));
      if (!sameLeaf(base, after))
        fields.set(textOf(path), owner ?? { base, left: after, run: run.id, below });
    }
    const holder = [...fields].findLast(
      ([path, { base }]) => !sameLeaf(leafOf(done.after, path.split('\0')), base),
    )?.[1];
    const holding = runs.find(({ id }) => id === holder?.run);
    const expected = holding === undefined ? before : { run: holding.id, case: holding.case_id };
    const carried = marksOf(done.after);
    marks.set(uid, { before, left: carried });
    if (expected.run !== carried.run || expected.case !== carried.case)
      found.push(
        `${request.resource}/${request.name} carries run ${carried.run} and case ${carried.case} after ${run.id}; it should be ${expected.run} and ${expected.case}`,
      );
  }
  return found;
};
