import { z } from 'zod';
import { type Answer, json, refusal } from '../api/answer.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { badRequest } from '../api/status.ts';
import { allows } from './allows.ts';
import { withBoundRules } from './bound-rules.ts';
import { EVERYTHING } from './default-users.ts';

const optional = z.string().default('');
const SUBJECT_REVIEW = z.object({
  spec: z
    .looseObject({
      user: optional,
      groups: z.array(z.string()).default([]),
      resourceAttributes: z.object({
        ...{ namespace: optional, verb: optional, group: optional, resource: optional },
        ...{ subresource: optional, name: optional },
      }),
    })
    .refine(({ user, groups }) => user !== '' || groups.length > 0),
});

/**
 * Answers what another may do, by name and groups as they are given, from the role bindings of the cluster.
 * Source: Kubernetes API authorization/v1, SubjectAccessReviewSpec.
 */
export function answerSubjectReview(store: ObjectStore, body: unknown): Answer {
  const parsed = SUBJECT_REVIEW.safeParse(body);
  if (!parsed.success) return refusal(badRequest('the body is not a SubjectAccessReview'));
  const { spec } = parsed.data;
  const { user: name, groups, resourceAttributes } = spec;
  const rules = groups.includes('system:masters') ? EVERYTHING : [];
  const user = withBoundRules({ name, groups, rules, token: '', uid: '' }, store);
  const status = { allowed: allows(user, resourceAttributes) };
  const review = { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: {} };
  return json({ ...review, spec, status }, 201);
}
