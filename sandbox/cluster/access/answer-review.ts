import { z } from 'zod';
import { type Answer, json, refusal } from '../api/answer.ts';
import { badRequest } from '../api/status.ts';
import { allows, BASIC_RULES } from './allows.ts';
import type { User } from './user.ts';

const optional = z.string().default('');
const ACCESS_REVIEW = z.object({
  spec: z.looseObject({
    resourceAttributes: z
      .object({
        ...{ namespace: optional, verb: optional, group: optional, resource: optional },
        ...{ subresource: optional, name: optional },
      })
      .optional(),
  }),
});
const RULES_REVIEW = z.object({ spec: z.object({ namespace: z.string().default('') }) });
const NON_RESOURCE_RULES = [
  {
    verbs: ['get'],
    nonResourceURLs: [
      ...['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz'],
      ...['/version', '/version/'],
    ],
  },
];

/** Answers the three reviews in which a caller asks about itself, from the same rules that requests are checked by. */
export function answerReview(resource: string, user: User, body: unknown): Answer {
  switch (resource) {
    case 'selfsubjectaccessreviews': {
      const parsed = ACCESS_REVIEW.safeParse(body);
      if (!parsed.success) return refusal(badRequest('the body is not a SelfSubjectAccessReview'));
      const asked = parsed.data.spec.resourceAttributes;
      const allowed = asked === undefined || allows(user, asked);
      return review('SelfSubjectAccessReview', 'authorization.k8s.io/v1', specOf(body), {
        allowed,
        ...(allowed ? { reason: `RBAC: allowed by ClusterRoleBinding "${user.name}"` } : {}),
      });
    }
    case 'selfsubjectrulesreviews': {
      const parsed = RULES_REVIEW.safeParse(body);
      if (!parsed.success) return refusal(badRequest('no namespace on request'));
      const { namespace } = parsed.data.spec;
      const rules = user.rules.filter(
        (rule) => rule.namespaces === undefined || rule.namespaces.includes(namespace),
      );
      const resourceRules = [...BASIC_RULES, ...rules].map(
        ({ verbs, apiGroups, resources, resourceNames = [] }) => ({
          ...{ verbs, apiGroups, resources },
          ...(resourceNames.length === 0 ? {} : { resourceNames }),
        }),
      );
      return review(
        'SelfSubjectRulesReview',
        'authorization.k8s.io/v1',
        {},
        {
          ...{ resourceRules, nonResourceRules: NON_RESOURCE_RULES, incomplete: false },
        },
      );
    }
    default: {
      const { extra = {} } = user;
      const userInfo = {
        username: user.name,
        ...(user.uid === '' ? {} : { uid: user.uid }),
        groups: user.groups,
        ...(Object.keys(extra).length === 0 ? {} : { extra }),
      };
      return review('SelfSubjectReview', 'authentication.k8s.io/v1', undefined, { userInfo });
    }
  }
}

const review = (kind: string, apiVersion: string, spec: unknown, status: object): Answer =>
  json({ kind, apiVersion, metadata: {}, ...(spec === undefined ? {} : { spec }), status }, 201);

const specOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null ? Reflect.get(body, 'spec') : {};
