import type { CheckedCluster } from './checked-world.ts';
import type { ChangeRow, Database } from './read-database.ts';
import { type LoggedWrite, leafOf } from './write-log.ts';
import { isWhole } from './written-kinds.ts';

const RUN = ['metadata', 'annotations', 'firebreak.dev/run'];
const CASE = ['metadata', 'labels', 'firebreak.dev/case'];

/** Whether a change made, or took away, an object as a whole. */
const did = (change: ChangeRow, what: 'made' | 'took away'): boolean =>
  change.fields.some(({ path, after }) => isWhole(path) && (after === null) === (what === 'took away'));

/**
 * What Firebreak made carries whose it is, is known to the ledger by the UID that the cluster gave it, and is gone once the
 * ledger says so, or once its run is undone. Nothing was deleted that Firebreak did not make.
 */
export const checkMade = (
  { changes, runs }: Database,
  writes: readonly LoggedWrite[],
  { history }: Pick<CheckedCluster, 'history'>,
): readonly string[] => {
  const found: string[] = [];
  const there = (uid: string): boolean => {
    const newest = history.findLast(({ object }) => object.metadata.uid === uid);
    return newest !== undefined && newest.type !== 'DELETED';
  };
  const made = changes.filter((change) => did(change, 'made') && change.made_uid !== null);
  for (const { method, done, request, name } of writes) {
    if (done === undefined) continue;
    const what = `${request.resource}/${name}`;
    if (method === 'POST') {
      const uid = leafOf(done.after, ['metadata', 'uid']);
      const change = made.find((one) => one.made_uid === uid);
      const run = runs.find(({ id }) => id === change?.run_id);
      if (run === undefined) found.push(`${what} was made, and no change has its UID`);
      else if (leafOf(done.after, RUN) !== run.id || leafOf(done.after, CASE) !== run.case_id)
        found.push(`${what} was made by ${run.id} and does not carry it`);
    }
    if (method === 'DELETE' && !made.some((one) => one.made_uid === leafOf(done.before, ['metadata', 'uid'])))
      found.push(`${what} was deleted, and Firebreak had not made it`);
  }
  for (const change of made) {
    const uid = change.made_uid ?? '';
    if (!there(uid)) continue;
    const { kind, name } = change.object;
    const run = runs.find(({ id }) => id === change.run_id);
    if (run?.undone_by !== null && run !== undefined)
      found.push(`${kind}/${name} is still there, though ${run.id} was undone by ${run.undone_by}`);
    if (changes.some((one) => one.uid === change.uid && did(one, 'took away') && one.state === 'applied'))
      found.push(`${kind}/${name} is still there, and the ledger says that it was taken away`);
  }
  return found;
};
