import { z } from 'zod';
import { labelSelectorSchema } from '../../labels/label-selector.ts';
import { matchSelector } from './match.ts';
import type { Direction, PolicyRules } from './policy-rules.ts';

const rulesSchema = z.array(z.unknown()).nullish();
const schema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    podSelector: labelSelectorSchema,
    policyTypes: z.array(z.string()).nullish(),
    ingress: rulesSchema,
    egress: rulesSchema,
  }),
});

/**
 * A NetworkPolicy. Without `policyTypes` it is about ingress, and about egress just where it has rules for it; a rule
 * without peers and ports (`ingress: [{}]`) allows everything. Source: Kubernetes API networking/v1, NetworkPolicySpec.
 */
export const readNetworkPolicy = (raw: unknown): PolicyRules => {
  const { metadata, spec } = schema.parse(raw);
  const rules = { ingress: spec.ingress ?? [], egress: spec.egress ?? [] };
  const types = spec.policyTypes ?? [];
  const appliesTo: readonly Direction[] =
    types.length === 0
      ? ['ingress', ...(rules.egress.length === 0 ? [] : (['egress'] as const))]
      : [
          ...(types.includes('Ingress') ? (['ingress'] as const) : []),
          ...(types.includes('Egress') ? (['egress'] as const) : []),
        ];
  return {
    ...{ name: metadata.name, namespace: metadata.namespace, appliesTo },
    selects: ({ namespace, podLabels }) =>
      namespace === metadata.namespace
        ? matchSelector(spec.podSelector, { labels: podLabels, known: 'all' })
        : 'no',
    allows: appliesTo.filter((direction) => rules[direction].length > 0),
  };
};
