import { z } from 'zod';
import type { KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { AccessRule, User } from './user.ts';

const texts = z.array(z.string()).default([]);
const roleSchema = z.looseObject({
  rules: z
    .array(z.object({ verbs: texts, apiGroups: texts, resources: texts, resourceNames: texts }))
    .default([]),
});
const bindingSchema = z.looseObject({
  subjects: z
    .array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().default('') }))
    .default([]),
  roleRef: z.object({ kind: z.string(), name: z.string() }),
});
const GROUP = 'rbac.authorization.k8s.io';

const isSubject = (user: User, { subjects }: z.infer<typeof bindingSchema>): boolean =>
  subjects.some(({ kind, name, namespace }) => {
    if (kind === 'Group') return user.groups.includes(name);
    return user.name === (kind === 'User' ? name : `system:serviceaccount:${namespace}:${name}`);
  });

function rulesOf(store: ObjectStore, user: User, binding: KubeObject): readonly AccessRule[] {
  const parsed = bindingSchema.safeParse(binding).data;
  if (parsed === undefined || !isSubject(user, parsed)) return [];
  const { kind, name } = parsed.roleRef;
  const { namespace } = binding.metadata;
  const role = store.get({
    group: GROUP,
    ...(kind === 'Role'
      ? { resource: 'roles', namespace: namespace ?? '' }
      : { resource: 'clusterroles', namespace: '' }),
    name,
  });
  const rules = roleSchema.safeParse(role).data?.rules ?? [];
  return rules.map((rule) => (namespace === undefined ? rule : { ...rule, namespaces: [namespace] }));
}

/** The user with what the cluster's own role bindings grant, beside the rules that the stand-in gave. */
export function withBoundRules(user: User, store: ObjectStore): User {
  const bindings = [
    ...store.list(GROUP, 'rolebindings', ''),
    ...store.list(GROUP, 'clusterrolebindings', ''),
  ];
  const bound = bindings.flatMap((binding) => rulesOf(store, user, binding));
  return bound.length === 0 ? user : { ...user, rules: [...user.rules, ...bound] };
}
