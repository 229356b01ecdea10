import type { FieldChange, FieldValue, Write } from '../core/change.ts';
import { fieldAt, fieldName, sameValue, valueText } from '../core/field-at.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { isMark } from '../core/marks.ts';
import { lookCommand } from '../core/reverse-command.ts';
import { isEphemeralPath, isObjectPath } from '../core/structure.ts';
import { targetName } from '../core/target.ts';

type Drifted = FieldChange & { readonly now: FieldValue };

/**
 * What the object holds now against what was approved. A mark is Firebreak's own and takes its pre-image from what is
 * there; any other field that differs is somebody else's work, which is shown and never overwritten. Throws `conflict`.
 */
export const asFound = (write: Write, raw: unknown): readonly FieldChange[] => {
  const fields = write.fields.map((field) => ({ ...field, now: fieldAt(raw, field.path, field.before) }));
  const drifted = fields.filter((field) => !isMark(field) && !sameValue(field.now, field.before));
  const [first] = drifted;
  if (first !== undefined) throw driftedFrom(write, first, drifted);
  return fields.map(({ path, now, after }) => ({ path, before: now, after }));
};

const driftedFrom = ({ object }: Write, first: Drifted, drifted: readonly Drifted[]): FirebreakError => {
  const name = targetName(object);
  const look = `Look at it with \`${lookCommand(object)}\``;
  const error = (message: string, next: string): FirebreakError =>
    new FirebreakError({ code: 'conflict', message, next });
  if (isEphemeralPath(first.path))
    return error(
      `${name} has an ${fieldName(first)} already, which this run did not add: nothing was added.`,
      `${look}, and ask again.`,
    );
  if (isObjectPath(first.path))
    return first.before === null
      ? error(
          `There is a ${name} already, which this run did not make: it was not overwritten.`,
          `${look}, and ask again.`,
        )
      : error(
          `${name} is not as Firebreak made it, so it was left as it is.`,
          `${look}, then ask again with a fresh plan.`,
        );
  return error(
    `${name} was changed since this was approved, so nothing was overwritten: ${drifted
      .map((field) => `${fieldName(field)} is ${valueText(field.now)}, it was ${valueText(field.before)}`)
      .join('; ')}.`,
    'Look at who changed it, then ask again with a fresh plan.',
  );
};
