import { FirebreakError } from '../../core/firebreak-error.ts';
import { containersOf, type Pod, podSchema } from '../../core/pod.ts';
import { type PlannedContainer, targetName } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';

export interface PresentTarget {
  readonly raw: unknown;
  readonly pod: Pod;
  readonly containers: readonly PlannedContainer[];
}

/**
 * The pod as it is now. A capture takes minutes, and a StatefulSet gives its next pod the same name: so it is read again
 * before each step. Throws `target-replaced` when another one stands under the name.
 */
export const presentTarget = async ({ cluster, target, signal }: ExecuteContext): Promise<PresentTarget> => {
  const { namespace, name, uid } = target;
  const raw = await cluster.get({ group: '', version: 'v1', resource: 'pods', namespace, name }, signal);
  const pod = podSchema.parse(raw);
  if (pod.metadata.uid !== uid)
    throw new FirebreakError({
      code: 'target-replaced',
      message: `${targetName(target)} was replaced by another pod of that name (UID ${pod.metadata.uid}) while it was read.`,
      next: 'Look at what runs there now with `/k8s inspect`, and ask again.',
    });
  return { raw, pod, containers: containersOf(pod) };
};
