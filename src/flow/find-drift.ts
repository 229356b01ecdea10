import type { ClusterReader } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { containersOf } from '../core/pod.ts';
import type { Target } from '../core/target.ts';
import { targetName } from '../core/target.ts';
import type { Drift } from '../core/verb.ts';
import { readPod } from './find-pod.ts';

const replaced = (target: Target, what: string): FirebreakError =>
  new FirebreakError({
    code: 'target-replaced',
    message: `${targetName(target)} ${what} since this was approved, so nothing was done.`,
    next: 'Look at what runs there now with `/k8s inspect`, and ask again.',
  });

/**
 * Compares the target with what was approved, right before acting. Throws `target-replaced` when it is gone or is
 * another object under the same name; restarted containers come back as drift.
 */
export const findDrift = async (
  reader: ClusterReader,
  target: Target,
  signal: AbortSignal,
): Promise<{ readonly drift: readonly Drift[] }> => {
  const path = { group: '', version: 'v1', resource: 'pods', namespace: target.namespace, name: target.name };
  const raw = await reader.get(path, signal).catch((thrown: unknown) => {
    throw thrown instanceof FirebreakError && thrown.code === 'not-found'
      ? replaced(target, 'is gone')
      : thrown;
  });
  const pod = readPod(raw);
  if (pod.metadata.uid !== target.uid)
    throw replaced(target, `was replaced by another pod of that name (UID ${pod.metadata.uid})`);
  const now = new Map(containersOf(pod).map((container) => [container.name, container]));
  const drift = target.containers.flatMap(({ name, id, restartCount }) => {
    const found = now.get(name);
    return found !== undefined && found.id === id && found.restartCount === restartCount
      ? []
      : [
          {
            container: name,
            planned: { id, restartCount },
            found: { id: found?.id ?? '', restartCount: found?.restartCount ?? 0 },
          },
        ];
  });
  return { drift };
};
