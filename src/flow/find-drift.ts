import type { ObjectRef } from '../core/change.ts';
import type { ClusterReader } from '../core/cluster.ts';
import { driftOf } from '../core/drift.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Target } from '../core/target.ts';
import { targetName, targetPath } from '../core/target.ts';
import type { Drift } from '../core/verb.ts';
import { readMetadata, readPod } from './read-object.ts';

/** An object by its name and UID. */
type BoundObject = Pick<ObjectRef, 'kind' | 'namespace' | 'name' | 'uid'>;

const replaced = (target: BoundObject, what: string): FirebreakError =>
  new FirebreakError({
    code: 'target-replaced',
    message: `${targetName(target)} ${what} since this was approved, so nothing was done.`,
    next:
      target.kind === 'pod'
        ? 'Look at what runs there now with `/k8s inspect`, and ask again.'
        : 'Look at what is there now, and ask again.',
  });

/** The target, or another object that a plan is bound to, as it is now. Throws `target-replaced` when it is gone or is another object under the same name. */
export const readTarget = async (
  reader: Pick<ClusterReader, 'get'>,
  target: BoundObject,
  signal: AbortSignal,
): Promise<unknown> => {
  const raw = await reader.get(targetPath(target), signal).catch((thrown: unknown) => {
    throw thrown instanceof FirebreakError && thrown.code === 'not-found'
      ? replaced(target, 'is gone')
      : thrown;
  });
  const { uid } = readMetadata(raw, target.kind);
  if (uid !== target.uid)
    throw replaced(target, `was replaced by another ${target.kind} of that name (UID ${uid})`);
  return raw;
};

/**
 * Compares the target with what was approved, right before acting. Throws `target-replaced`; restarted containers of a
 * pod come back as drift.
 */
export const findDrift = async (
  reader: Pick<ClusterReader, 'get'>,
  target: Target,
  signal: AbortSignal,
): Promise<{ readonly drift: readonly Drift[] }> => {
  if (target.presence === 'gone') return { drift: [] };
  const raw = await readTarget(reader, target, signal);
  if (target.kind !== 'pod') return { drift: [] };
  return { drift: driftOf(target, readPod(raw)) };
};
