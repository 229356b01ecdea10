import { z } from 'zod';
import { labelSelectorSchema } from '../../labels/label-selector.ts';
import { allOf, type Match, matchSelector } from './match.ts';
import { DIRECTIONS, type Direction, type PolicyRules } from './policy-rules.ts';
import type { PolicySubject } from './policy-subject.ts';

const rulesSchema = z.array(z.looseObject({ action: z.string() })).nullish();
const subjectSchema = z.looseObject({
  namespaces: labelSelectorSchema.optional(),
  pods: z
    .looseObject({ namespaceSelector: labelSelectorSchema, podSelector: labelSelectorSchema })
    .optional(),
});
const specSchema = z.looseObject({
  priority: z.int().default(0),
  tier: z.string().default('Admin'),
  subject: subjectSchema,
  ingress: rulesSchema,
  egress: rulesSchema,
});
const schema = z.looseObject({ metadata: z.looseObject({ name: z.string() }), spec: specSchema });

/** A subject in words of another version may be anyone. */
const selected = (subject: z.infer<typeof subjectSchema>, pod: PolicySubject): Match => {
  const { namespaces, pods } = subject;
  if (namespaces !== undefined) return matchSelector(namespaces, pod.namespaceLabels);
  if (pods === undefined) return 'may';
  return allOf([
    matchSelector(pods.namespaceSelector, pod.namespaceLabels),
    matchSelector(pods.podSelector, { labels: pod.podLabels, known: 'all' }),
  ]);
};

/** `Allow` in v1alpha1, `Accept` in v1alpha2. */
const LETS_THROUGH: readonly string[] = ['Allow', 'Accept'];

const read =
  (standing: 'before NetworkPolicies' | 'by its tier' | 'after NetworkPolicies') =>
  (raw: unknown): PolicyRules => {
    const { metadata, spec } = schema.parse(raw);
    const counts = standing === 'by its tier' ? spec.tier === 'Admin' : standing === 'before NetworkPolicies';
    const has = (direction: Direction, action: (action: string) => boolean): boolean =>
      (spec[direction] ?? []).some((rule) => action(rule.action));
    return {
      ...{ name: metadata.name, namespace: '' },
      selects: (pod) => selected(spec.subject, pod),
      appliesTo: DIRECTIONS.filter((direction) => has(direction, () => true)),
      allows: counts
        ? DIRECTIONS.filter((direction) => has(direction, (action) => LETS_THROUGH.includes(action)))
        : [],
      passes: counts ? DIRECTIONS.filter((direction) => has(direction, (action) => action === 'Pass')) : [],
      rank: { tier: counts ? 'Admin' : 'Baseline', order: spec.priority },
    };
  };

/**
 * An AdminNetworkPolicy decides before any NetworkPolicy; what it passes on is left to them.
 * Source: sigs.k8s.io/network-policy-api, apis/v1alpha1.
 */
export const readAdminNetworkPolicy = read('before NetworkPolicies');

/** A BaselineAdminNetworkPolicy decides just for pods that no NetworkPolicy selects: it opens nothing beside a deny-all. */
export const readBaselinePolicy = read('after NetworkPolicies');

/** A ClusterNetworkPolicy is one or the other by its tier. Source: sigs.k8s.io/network-policy-api, apis/v1alpha2. */
export const readClusterNetworkPolicy = read('by its tier');
