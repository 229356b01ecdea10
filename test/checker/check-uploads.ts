import type { CheckedWorld } from './checked-world.ts';
import type { Database, RunRow } from './read-database.ts';

/** How a run may end whose bucket was away until then: what it had begun there nobody could end. */
const WITHOUT_ITS_BUCKET = ['failed', 'cancelled'];

/**
 * No run ends with an upload that somebody would have to end for it: neither in the journal nor in the bucket. What
 * docs/operations.md leaves to the lifecycle rule is named by the scenario, run by run.
 */
export const checkUploads = (
  { runs, uploads }: Database,
  { openUploads = [], bucketAwayAtEndOf = [] }: CheckedWorld,
): readonly string[] => {
  const leftToTheRule = (run: RunRow | undefined): boolean =>
    run !== undefined && bucketAwayAtEndOf.includes(run.id) && WITHOUT_ITS_BUCKET.includes(run.state);
  const bundleOf = (run: RunRow): string => `${run.case_id}/${run.id}`;
  const inJournal = uploads
    .filter(({ ended_at: endedAt }) => endedAt === null)
    .map((upload) => ({ ...upload, run: runs.find((run) => bundleOf(run) === upload.bundle) }))
    .filter(({ run }) => run?.ended_at !== null && !leftToTheRule(run))
    .map(({ run, bundle, name }) =>
      run === undefined
        ? `the journal has ${name} of ${bundle}, which is no run`
        : `${run.id} ended, and its upload of ${name} did not`,
    );
  const inBucket = openUploads
    .filter(({ key }) => !leftToTheRule(runs.find((run) => `/${key}`.includes(`/${bundleOf(run)}/`))))
    .map(({ key }) => `an upload of ${key} stands open in the bucket`);
  return [...inJournal, ...inBucket];
};
