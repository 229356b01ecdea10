import { hasEnded } from '../core/run-state.ts';
import { standingChanges } from '../core/standing-changes.ts';
import { tookAway } from '../core/took-away.ts';
import type { Run } from '../flow/ledger.ts';

/** The verb of a run that puts back what another did. */
const UNDO = 'undo';

/** Whether the run itself puts back what another did. */
export const isUndo = ({ plan }: Run): boolean => plan.verb === UNDO;

/** Whether nobody knows what became of one of its changes. */
export const isInDoubt = ({ result }: Pick<Run, 'result'>): boolean =>
  (result?.changes ?? []).some(({ outcome }) => outcome === 'unknown');

/** Whether something that it did may still stand in the cluster, and can be put back by another run. */
export const undoable = (run: Run): boolean =>
  hasEnded(run.state) &&
  (run.plan.effect === 'change' || run.plan.effect === 'compensated') &&
  !isUndo(run) &&
  run.undoneBy === undefined &&
  tookAway(run.result?.changes ?? []).length === 0 &&
  standingChanges(run.result?.changes ?? []).length > 0;
