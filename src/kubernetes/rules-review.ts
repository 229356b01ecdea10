import { z } from 'zod';
import type { ClusterRules, ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';

export const RULES_REVIEWS: ResourcePath = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectrulesreviews',
};

/** The body of a SelfSubjectRulesReview. There is none without a namespace. */
export const rulesReview = (namespace: string): unknown => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectRulesReview',
  spec: { namespace },
});

/** An empty list is left out or null. */
const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const reviewSchema = z.object({
  status: z.object({
    resourceRules: z
      .array(z.object({ verbs: texts, apiGroups: texts, resources: texts, resourceNames: texts }))
      .nullish(),
    incomplete: z.boolean().default(false),
  }),
});

/** Throws `cluster-answer` for what is no review. */
export const reviewedRules = (review: unknown): ClusterRules => {
  const parsed = reviewSchema.safeParse(review);
  if (parsed.success) {
    const { resourceRules, incomplete } = parsed.data.status;
    return {
      rules: (resourceRules ?? []).map(({ verbs, apiGroups: groups, resources, resourceNames: names }) => ({
        ...{ verbs, groups, resources, names },
      })),
      listed: incomplete ? 'some' : 'all',
    };
  }
  throw new FirebreakError({
    code: 'cluster-answer',
    message: 'The cluster did not say which rules hold for Firebreak.',
    next: 'Check that the address is that of a Kubernetes API.',
  });
};
