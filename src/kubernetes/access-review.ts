import { z } from 'zod';
import type { ClusterUser, ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Permission } from '../core/permission.ts';

export const ACCESS_REVIEWS: ResourcePath = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'selfsubjectaccessreviews',
};

export const SUBJECT_ACCESS_REVIEWS: ResourcePath = { ...ACCESS_REVIEWS, resource: 'subjectaccessreviews' };

interface Where {
  readonly namespace?: string;
  readonly name?: string;
}

/** The subresource is a field of its own; an empty namespace means all of them. */
const attributes = (permission: Permission, where: Where): unknown => ({
  verb: permission.verb,
  group: permission.group,
  resource: permission.resource,
  ...(permission.subresource === undefined ? {} : { subresource: permission.subresource }),
  ...(where.namespace === undefined ? {} : { namespace: where.namespace }),
  ...(where.name === undefined ? {} : { name: where.name }),
});

/** The body of a SelfSubjectAccessReview. */
export const accessReview = (permission: Permission, where: Where): unknown => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: attributes(permission, where) },
});

/** The body of a SubjectAccessReview: it names user and groups, of which the server adds none by itself. */
export const subjectAccessReview = (
  { username, groups }: Pick<ClusterUser, 'username' | 'groups'>,
  permission: Permission,
  where: Where,
): unknown => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  spec: { user: username, groups, resourceAttributes: attributes(permission, where) },
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
