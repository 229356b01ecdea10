import { z } from 'zod';
import type { ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Permission } from '../core/permission.ts';

export const ACCESS_REVIEWS: ResourcePath = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
};

/** The body of a SelfSubjectAccessReview. The subresource is a field of its own; an empty namespace means all of them. */
export const accessReview = (
  permission: Permission,
  where: { readonly namespace?: string; readonly name?: string },
): unknown => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: {
    resourceAttributes: {
      verb: permission.verb,
      group: permission.group,
      resource: permission.resource,
      ...(permission.subresource === undefined ? {} : { subresource: permission.subresource }),
      ...(where.namespace === undefined ? {} : { namespace: where.namespace }),
      ...(where.name === undefined ? {} : { name: where.name }),
    },
  },
});

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

/**
 * `allowed: false` without `denied` means that no authorizer had an opinion, which the API server refuses too.
 * Throws `cluster-answer` for what is no review.
 */
export const isAllowed = (review: unknown): boolean => {
  const parsed = reviewSchema.safeParse(review);
  if (parsed.success) return parsed.data.status.allowed;
  throw new FirebreakError({
    code: 'cluster-answer',
    message: 'The cluster did not say whether Firebreak has a permission.',
    next: 'Check that the address is that of a Kubernetes API.',
  });
};
