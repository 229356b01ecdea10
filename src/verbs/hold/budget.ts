import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import type { RunNames, WantedWrite } from '../../core/verb.ts';
import { listed } from '../changes/change-words.ts';
import { madePermissions } from '../changes/made-permissions.ts';
import { labelSelectorSchema, selectorMatches } from '../labels/label-selector.ts';
import { listAllowed } from '../list-allowed.ts';
import { HELD_BY_LABEL, holdName } from './held-by.ts';

const BUDGETS = { group: 'policy', resource: 'poddisruptionbudgets' } as const;

/** Deleting is among it: what could not be taken away again is not begun. */
export const MAKES_BUDGET = madePermissions('poddisruptionbudget');
export const ENDS_BUDGET = MAKES_BUDGET.filter(({ verb }) => verb !== 'create');

/**
 * A budget for the one pod that carries the run's label. A number in `minAvailable` counts pods, whoever controls them;
 * `maxUnavailable` would need a controller with a scale. A pod that is not Ready stays too, since the policy for unhealthy
 * pods is left at IfHealthyBudget. Source: Kubernetes, "Specifying a Disruption Budget for your Application"; KEP-3017.
 */
export const budgetWrite = (step: string, namespace: string, { run }: RunNames): WantedWrite => {
  const name = holdName(run);
  return {
    ...{ action: 'make', step, kind: 'poddisruptionbudget', namespace, name },
    body: {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
      metadata: { name, namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { [HELD_BY_LABEL]: run } } },
    },
  };
};

const budgetSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  /** Of a PodDisruptionBudget without a selector nothing is selected (policy/v1). */
  spec: z.looseObject({ selector: labelSelectorSchema.nullish() }),
});

/** Other budgets that count the pod, as a sentence: two of them stop an eviction in another way than one. */
export const budgetsThere = async (
  cluster: Pick<ClusterReader, 'list'>,
  { namespace, labels }: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const read = await listAllowed(cluster, { ...BUDGETS, namespace }, {}, signal);
  if (read === 'not allowed')
    return ['Not looked at, since Firebreak may not list them: other PodDisruptionBudgets that count it.'];
  const counting = z
    .array(budgetSchema)
    .parse(read)
    .filter(({ spec: { selector } }) => selector && selectorMatches(selector, labels))
    .map(({ metadata }) => `PodDisruptionBudget/${metadata.name}`);
  if (counting.length === 0) return [];
  // Source: Kubernetes, pkg/registry/core/pod/storage/eviction.go; observed on 1.36.
  return [
    `${listed(counting)} ${counting.length === 1 ? 'counts' : 'count'} it too. With a second budget every eviction of it fails with an error (HTTP 500) instead of being asked to wait (429): it is not evicted either, but a drain of its node stops there.`,
  ];
};
