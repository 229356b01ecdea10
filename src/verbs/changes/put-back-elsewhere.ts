import { isMade } from '../../core/change.ts';
import { fieldName, stands } from '../../core/field-at.ts';
import { isEphemeralPath, isObjectPath, OBJECT_PATH } from '../../core/structure.ts';
import { targetName } from '../../core/target.ts';
import type { UndoneObject, WantedWrite } from '../../core/verb.ts';
import { shown } from './change-words.ts';
import { putBack } from './put-back.ts';

interface PutBackElsewhere {
  readonly writes: readonly WantedWrite[];
  /** Whole sentences. */
  readonly notes: readonly string[];
  readonly risks: readonly string[];
}

const ofMade = ({ object, raw, held }: UndoneObject): PutBackElsewhere => {
  const name = targetName(object);
  // What the run itself, or another one, took away since is not held.
  const after = held.find(({ path }) => isObjectPath(path))?.after;
  if (typeof after !== 'string') return { writes: [], notes: [`${name} was taken away already.`], risks: [] };
  if (raw !== undefined && !stands(raw, OBJECT_PATH, after))
    return { writes: [], notes: [], risks: [`${name} is not as Firebreak made it any more: left as it is.`] };
  return {
    writes: [{ action: 'take away', step: '', object, text: after }],
    notes: [raw === undefined ? `${name} is gone already.` : `Takes ${name} away, which this run made.`],
    risks: [],
  };
};

const ofFields = ({ object, raw, changes, held }: UndoneObject, run: string): PutBackElsewhere => {
  const name = targetName(object);
  if (raw === undefined)
    return { writes: [], notes: [`${name} is gone: nothing to put back there.`], risks: [] };
  const { fields, returned, already, drifted, endsToo } = putBack(changes, raw, held, run);
  const wanted = [...fields, ...returned].map(({ path, value }) => ({ path, value }));
  return {
    writes: wanted.length === 0 ? [] : [{ action: 'set', step: '', object, raw, fields: wanted }],
    notes: [
      ...fields.map((field) => `Puts ${fieldName(field)} of ${name} back to ${shown(field.value)}.`),
      ...already.map((one) => `On ${name}, ${one}: nothing to do.`),
    ],
    risks: [...drifted.map((one) => `On ${name}, ${one}: left as it is.`), ...endsToo],
  };
};

/** What a run made or changed beside its target, to be put back: the last one first. */
export const putBackElsewhere = (undone: readonly UndoneObject[], run: string): PutBackElsewhere => {
  const all = undone.map((one) => (isMade(one.object) ? ofMade(one) : ofFields(one, run))).reverse();
  return {
    writes: all.flatMap(({ writes }) => writes),
    notes: all.flatMap(({ notes }) => notes),
    risks: all.flatMap(({ risks }) => risks),
  };
};

/** Ephemeral containers that a run added: they can't be taken away. */
export const containersLeft = (
  undone: readonly { readonly fields: readonly { readonly path: readonly string[] }[] }[],
): readonly string[] =>
  undone
    .flatMap(({ fields }) => fields.filter(({ path }) => isEphemeralPath(path)))
    .map(
      ({ path }) =>
        `The ephemeral container ${path.at(-1)} stays in the pod, and ends at its deadline: a pod can't lose one.`,
    );
