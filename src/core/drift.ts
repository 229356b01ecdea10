import { containersOf, type Pod } from './pod.ts';
import type { PodTarget } from './target.ts';
import type { Drift } from './verb.ts';

/** The containers of a pod that are not those that were approved: restarted, replaced or gone. */
export const driftOf = ({ containers }: PodTarget, pod: Pod): readonly Drift[] => {
  const now = new Map(containersOf(pod).map((container) => [container.name, container]));
  return containers.flatMap(({ name, id, restartCount }) => {
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
};
