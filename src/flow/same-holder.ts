import type { FieldValue, Write } from '../core/change.ts';
import { fieldAt, sameValue } from '../core/field-at.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { pathKey } from '../core/marks.ts';
import { marksAfter } from '../core/plan-write.ts';
import { sameWrite } from '../core/same-write.ts';
import { isStructure } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import type { Run } from './ledger.ts';
import type { ChangeDeps } from './settle-change.ts';

/**
 * Who holds the object once this is written, against what was approved: another run may have come or gone since, and then
 * the marks would name the wrong one. What this run itself wrote there before belongs to what was approved; earlier tries
 * of the same write do not. Throws `conflict`.
 */
export const sameHolder = async (
  { ledger }: Pick<ChangeDeps, 'ledger'>,
  run: Run,
  write: Write,
  raw: unknown,
): Promise<void> => {
  const { object } = write;
  if (write.fields.some(({ path }) => isStructure(path))) return;
  const { name: cluster } = run.plan.cluster;
  const history = (await ledger.history([cluster], object.uid)).filter(
    (change) => change.run !== run.id || !sameWrite(change, write),
  );
  const now = { object, raw, history, run: run.id, case: run.case, verb: run.plan.verb, cluster };
  const approved = (path: readonly string[]): FieldValue =>
    (write.fields.find((field) => pathKey(field.path) === pathKey(path)) ?? { after: fieldAt(raw, path) })
      .after;
  if (marksAfter(now, write.fields).every(({ path, after }) => sameValue(approved(path), after))) return;
  throw new FirebreakError({
    code: 'conflict',
    message: `What Firebreak holds on ${targetName(object)} changed since this was approved, so nothing was changed.`,
    next: 'Ask again with a fresh plan; `/k8s in-force` lists what is held.',
  });
};
