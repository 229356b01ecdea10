import { type Change, isMade, type ObjectRef } from '../../core/change.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import { fieldAt, fieldName, stands, valueText } from '../../core/field-at.ts';
import { type HeldField, stillHeld } from '../../core/held-fields.ts';
import { lastWriter } from '../../core/last-writer.ts';
import { isOnNode } from '../../core/made-kind.ts';
import type { Drifted } from '../../core/proof-round.ts';
import { readIfThere } from '../../core/read-if-there.ts';
import { isStructure } from '../../core/structure.ts';
import type { Target } from '../../core/target.ts';
import { readMetadata } from '../read-object.ts';

/** What stands on a node costs a look from inside: whether it holds is seen by the proof. */
const isWatched = ({ object }: HeldField): boolean => !isOnNode(object);

/** How what a run changed stands now. */
export interface Watched {
  readonly drifted: readonly Drifted[];
  readonly target: 'there' | 'gone';
  /** Whether anything of it still stands in the cluster. */
  readonly left: 'something' | 'nothing';
}

interface Seen {
  readonly object: ObjectRef;
  readonly fields: readonly HeldField[];
  /** Undefined where it is gone, or another one of its name is there. */
  readonly raw: unknown;
}

/**
 * Reads everything that a run holds, and its target. What is gone or stands otherwise is named, with who wrote it as far
 * as the object tells. Throws what the cluster throws.
 */
export const watchObjects = async (
  reader: Pick<ClusterReader, 'get'>,
  {
    target,
    held,
    changes,
  }: {
    readonly target: Target;
    readonly held: readonly HeldField[];
    readonly changes: readonly Change[];
  },
  signal: AbortSignal,
): Promise<Watched> => {
  const objects = [...Map.groupBy(held.filter(isWatched), ({ object }) => object.uid).values()].flatMap(
    (fields) => {
      const [first] = fields;
      return first === undefined ? [] : [{ object: first.object, fields, madeUid: first.madeUid }];
    },
  );
  const seen = await Promise.all(
    objects.map(async ({ object, fields, madeUid }): Promise<Seen> => {
      const raw = await readIfThere(reader, object, signal);
      const wanted = isMade(object) ? madeUid : object.uid;
      const isThat =
        raw !== undefined && (wanted === undefined || readMetadata(raw, object.kind).uid === wanted);
      return { object, fields, raw: isThat ? raw : undefined };
    }),
  );
  const { kind, namespace, name, uid } = target;
  const ofTarget: Seen = seen.find(({ object }) => object.uid === uid) ?? {
    object: { kind, namespace, name, uid },
    fields: [],
    raw: await readBound(reader, target, signal),
  };
  const all = seen.includes(ofTarget) ? seen : [...seen, ofTarget];
  return {
    drifted: all.flatMap((one) => driftedOf(one, changes)),
    target: ofTarget.raw === undefined ? 'gone' : 'there',
    left:
      held.some((field) => !isWatched(field)) ||
      seen.some(({ fields, raw }) => raw !== undefined && stillHeld(fields, raw).length > 0)
        ? 'something'
        : 'nothing',
  };
};

const readBound = async (
  reader: Pick<ClusterReader, 'get'>,
  target: Target,
  signal: AbortSignal,
): Promise<unknown> => {
  const raw = await readIfThere(reader, target, signal);
  return raw !== undefined && readMetadata(raw, target.kind).uid === target.uid ? raw : undefined;
};

const driftedOf = ({ object, fields, raw }: Seen, changes: readonly Change[]): readonly Drifted[] => {
  if (raw === undefined) return [{ object, field: 'the object', now: 'gone' }];
  const since = changes.findLast((change) => change.object.uid === object.uid)?.intendedAt;
  return fields
    .filter(({ path, before, after, state }) => {
      // What nobody knows to have happened is not missed where it is not there.
      if (state === 'unknown' && stands(raw, path, before)) return false;
      return !stands(raw, path, after);
    })
    .map((field): Drifted => {
      const by = lastWriter(raw, field.path, since);
      return {
        ...{ object, field: fieldName(field), now: 'changed' },
        ...(isStructure(field.path)
          ? {}
          : { is: valueText(fieldAt(raw, field.path)), was: valueText(field.after) }),
        ...(by === undefined ? {} : { by }),
      };
    });
};
