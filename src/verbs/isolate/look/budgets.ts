import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import type { Pod } from '../../../core/pod.ts';
import { labelSelectorSchema, selectorMatches } from '../../labels/label-selector.ts';
import { listAllowed } from '../../list-allowed.ts';

const budgetSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ selector: labelSelectorSchema.nullish() }),
  status: z.looseObject({ disruptionsAllowed: z.int().optional() }).optional(),
});

/** PodDisruptionBudgets that count a pod, in words. Without a selector one counts nobody (policy/v1). */
export const budgetSentences = async (
  cluster: Pick<ClusterReader, 'list'>,
  { metadata: { namespace, labels } }: Pod,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const path = { group: 'policy', resource: 'poddisruptionbudgets', namespace };
  const read = await listAllowed(cluster, path, {}, signal);
  if (read === 'not allowed')
    return ['Not looked at, since Firebreak may not list them: which PodDisruptionBudgets count it.'];
  const counting = z
    .array(budgetSchema)
    .parse(read)
    .filter(
      ({ spec: { selector } }) =>
        selector !== null && selector !== undefined && selectorMatches(selector, labels),
    );
  return [
    ...counting.map(({ metadata, status }) => {
      const allowed = status?.disruptionsAllowed;
      const now =
        allowed === undefined
          ? ''
          : `; ${allowed === 0 ? 'it allows no eviction' : `it allows ${allowed === 1 ? 'one eviction' : `${allowed} evictions`}`} now`;
      return `PodDisruptionBudget/${metadata.name} counts it${now}.`;
    }),
    // Source: Kubernetes, pkg/registry/core/pod/storage/eviction.go: the eviction of such a pod fails for good.
    ...(counting.length > 1 ? ['More than one of them counts it, so that no eviction of it succeeds.'] : []),
  ];
};
