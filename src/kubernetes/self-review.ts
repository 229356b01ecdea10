import { z } from 'zod';
import type { ClusterUser, ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';

export const SELF_REVIEWS: ResourcePath = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'selfsubjectreviews',
};

/** The body of a SelfSubjectReview, which asks for nothing but the answer. */
export const SELF_REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } as const;

const reviewSchema = z.object({
  status: z.object({
    userInfo: z.object({
      username: z.string(),
      groups: z.array(z.string()).default([]),
      extra: z.record(z.string(), z.array(z.string())).default({}),
    }),
  }),
});

/** Throws `cluster-answer` for what is no review. */
export const reviewedUser = (review: unknown): ClusterUser => {
  const parsed = reviewSchema.safeParse(review);
  if (parsed.success) return parsed.data.status.userInfo;
  throw new FirebreakError({
    code: 'cluster-answer',
    message: 'The cluster did not say who Firebreak is.',
    next: 'Check that the address is that of a Kubernetes API.',
  });
};
