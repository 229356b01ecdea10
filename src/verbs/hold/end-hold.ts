import { type FieldValue, isMade, type ObjectRef } from '../../core/change.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import { fieldAt, fieldName, sameValue, stands } from '../../core/field-at.ts';
import type { HeldField } from '../../core/held-fields.ts';
import { pathKey } from '../../core/marks.ts';
import { readKnown } from '../../core/read-known.ts';
import { reverseCommand } from '../../core/reverse-command.ts';
import { targetName } from '../../core/target.ts';
import type { WantedWrite } from '../../core/verb.ts';
import { shown } from '../changes/change-words.ts';

/** What is put back on one object, and what is said of it: whole sentences. */
export interface Ended {
  readonly writes: readonly WantedWrite[];
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

export const NOTHING_ENDED: Ended = { writes: [], risks: [], notes: [] };

export const endedAll = (all: readonly Ended[]): Ended => ({
  writes: all.flatMap(({ writes }) => writes),
  risks: all.flatMap(({ risks }) => risks),
  notes: all.flatMap(({ notes }) => notes),
});

/** Fields of an object are put back to what stood there before, where they still stand as they were left. */
export const putBackHeld = (
  step: string,
  object: ObjectRef,
  raw: unknown,
  held: readonly HeldField[],
): Ended => {
  const name = targetName(object);
  const found = held.map((field) => ({ ...field, now: fieldAt(raw, field.path) }));
  const ours = found.filter(({ now, after }) => sameValue(now, after));
  const drifted = found.filter(({ now, before, after }) => !sameValue(now, after) && !sameValue(now, before));
  const fields = ours.map(({ path, before }) => ({ path, value: before }));
  return {
    writes: fields.length === 0 ? [] : [{ action: 'set', step, object, raw, fields }],
    risks: drifted.map(
      (field) =>
        `${fieldName(field)} of ${name} is now ${shown(field.now)}, was set to ${shown(field.after)}: left as it is.`,
    ),
    notes: [],
  };
};

const uidAt = ['metadata', 'uid'] as const;

const isThat = ({ object, madeUid }: HeldField, raw: unknown): boolean => {
  const uid: FieldValue = fieldAt(raw, uidAt);
  return isMade(object) ? madeUid === undefined || uid === madeUid : uid === object.uid;
};

/** An object that a hold made is taken away, where it is as it was made; what it set on another object is put back. */
export const endElsewhere = async (
  cluster: Pick<ClusterReader, 'get'>,
  [first, ...more]: readonly [HeldField, ...HeldField[]],
  step: string,
  signal: AbortSignal,
): Promise<Ended> => {
  const { object, after, run } = first;
  const name = targetName(object);
  const read = await readKnown(cluster, first, signal);
  const raw = read !== undefined && isThat(first, read) ? read : undefined;
  if (!isMade(object))
    return raw === undefined
      ? { ...NOTHING_ENDED, notes: [`${name} is gone: nothing to put back there.`] }
      : putBackHeld(step, object, raw, [first, ...more]);
  if (typeof after !== 'string') return NOTHING_ENDED;
  if (raw !== undefined && !stands(raw, first.path, after))
    return {
      ...NOTHING_ENDED,
      risks: [
        `${name} is not as ${run} made it any more: left as it is. By hand: \`${reverseCommand({ object, fields: [first] })}\`.`,
      ],
    };
  return {
    writes: [{ action: 'take away', step, object, text: after }],
    risks: [],
    notes: [raw === undefined ? `${name} is gone already.` : `Takes ${name} away, which ${run} made.`],
  };
};

/** Whether a hold set this field. */
export const isPath = (paths: readonly (readonly string[])[], { path }: Pick<HeldField, 'path'>): boolean =>
  paths.some((one) => pathKey(one) === pathKey(path));
