import { type Change, UNDO_VERB, type Write } from '../core/change.ts';
import { stands } from '../core/field-at.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { lookCommand, reverseCommand } from '../core/reverse-command.ts';
import { isObjectPath } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import type { Run } from './ledger.ts';

/** Whether an answer holds what was to be written. A deletion is answered with the object, or with a Status. */
export const isDone = ({ fields }: Pick<Write, 'fields'>, answer: unknown): boolean =>
  fields.every(({ path, after }) => (isObjectPath(path) && after === null) || stands(answer, path, after));

/** A Status of failure can come under a 2xx: an eviction has been seen to do so. */
export const isFailure = (answer: unknown): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  Reflect.get(answer, 'kind') === 'Status' &&
  Reflect.get(answer, 'status') === 'Failure';

/** What such an answer is worth: the object has to be asked. */
export const failedAnswer = ({ object }: Pick<Write, 'object'>): FirebreakError =>
  new FirebreakError({
    code: 'cluster-answer',
    message: `The cluster called the change of ${targetName(object)} a success and a failure in one answer.`,
    next: `Look with \`${lookCommand(object)}\`, and ask again.`,
  });

/** The dry run shows that something else would stand there than was approved. */
export const wouldBeAltered = ({ object }: Pick<Write, 'object'>): FirebreakError =>
  new FirebreakError({
    code: 'conflict',
    message: `An admission webhook or policy of the cluster would make something else of ${targetName(object)} than was approved, so it was not changed.`,
    next: 'Have Firebreak exempted from what changes it, then ask again.',
  });

/** Ends a run of which it is not known what it did, or known that it did something else. */
export const unknownOutcome = (change: Change, { id, plan }: Run): FirebreakError => {
  const { object, fields } = change;
  const name = targetName(object);
  const look = `Look with \`${lookCommand(object)}\``;
  const error = (message: string, next: string): FirebreakError =>
    new FirebreakError({ code: 'outcome-unknown', message, next });
  const whole = fields.find(({ path }) => isObjectPath(path));
  if (whole?.after === null)
    return error(`Whether ${name} was taken away is not known.`, `${look}, then ask again.`);
  if (whole !== undefined && change.madeUid !== undefined)
    return error(
      `${name} was made, and it is not what was approved: something in the cluster changed it, an admission webhook for instance.`,
      `${look}; an undo leaves what it does not know, so take it away with \`${reverseCommand(change)}\`.`,
    );
  return error(
    `Whether ${name} was changed is not known: its answer was lost or altered, and what is there now is neither what was nor what should be.`,
    plan.verb === UNDO_VERB
      ? `${look}, then ask for the undo again.`
      : `${look}; \`/k8s undo ${id}\` puts back what of it is there.`,
  );
};
