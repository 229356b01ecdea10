import { isMade } from '../core/change.ts';
import { stricter } from '../core/policy.ts';
import type { Target } from '../core/target.ts';
import type { WantedWrite } from '../core/verb.ts';
import { readTarget } from './find-drift.ts';
import type { Granted } from './granted.ts';
import type { Asked } from './plan-run.ts';
import { type ObjectMetadata, readMetadata } from './read-object.ts';

export interface Beside {
  readonly target: Target;
  readonly wanted: readonly WantedWrite[];
  readonly alsoTargets: readonly Target[];
}

/** What is written beside the target, as it was read for that. What Firebreak makes itself is nobody else's. */
const writtenBeside = ({ target, wanted }: Beside): readonly ObjectMetadata[] =>
  wanted.flatMap((write) => {
    if (write.action !== 'set' || write.object === undefined || write.raw === undefined) return [];
    const { object, raw } = write;
    return isMade(object) || object.uid === target.uid ? [] : [readMetadata(raw, object.kind)];
  });

/**
 * What the channel asks for the target and for all that is written or looked into beside it: a node that is protected counts
 * as a protected target does. Throws `policy-refused`.
 */
export const grantedBeside = async (
  {
    requirement,
    grantedFor,
    reader,
    signal,
  }: Pick<Asked, 'requirement' | 'grantedFor' | 'reader' | 'signal'>,
  beside: Beside,
): Promise<Granted> => {
  const written = writtenBeside(beside);
  const known = new Set(written.map(({ uid }) => uid));
  const read = await Promise.all(
    beside.alsoTargets
      .filter(({ uid }) => !known.has(uid))
      .map(async (target) => readMetadata(await readTarget(reader, target, signal), target.kind)),
  );
  return [...written, ...read].map(grantedFor).reduce(stricter, requirement);
};
