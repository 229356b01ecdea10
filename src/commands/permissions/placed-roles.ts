import { type Permission, PLACES, type Place, permissionName } from '../../core/permission.ts';
import { placeNamespace } from '../../core/place-namespace.ts';
import type { RoleOf } from './identity-rbac.ts';
import { boundInside, type RbacObject } from './rbac-objects.ts';
import { rbacRules } from './rbac-rules.ts';

/** What is said above the Role of a place, and what its name ends with. A namespace can have one of another name already. */
export const PLACED: Readonly<Record<Place, { readonly suffix: string; readonly why: string }>> = {
  'probe namespace': {
    suffix: 'footholds',
    why: 'where its probe pods are. deploy/footholds.yaml makes the namespace.',
  },
  'node namespace': {
    suffix: 'node-footholds',
    why: 'where its node pods are. Whoever may make pods there is root on\nthe nodes: never grant this in every namespace. deploy/footholds.yaml makes the namespace.',
  },
  'kube-system': {
    suffix: 'proof',
    why: 'where a proof finds the cluster’s DNS, and a pod that is not isolated.',
  },
  default: { suffix: 'proof', why: 'where a proof finds the Service of the API server.' },
};

/** What is needed in one place, in the order of the places. */
export const byPlace = (
  permissions: readonly Permission[],
): readonly { readonly place: Place; readonly needed: readonly Permission[] }[] =>
  PLACES.map((place) => ({ place, needed: permissions.filter((one) => one.place === place) })).filter(
    ({ needed }) => needed.length > 0,
  );

interface ToPlace {
  readonly permissions: readonly Permission[];
  /** Those among them that hold everywhere, whatever the entry names. */
  readonly everywhere: readonly Permission[];
}

/** A Role and its binding in each further namespace, with what is not granted there anyway. */
export const placedRoles = (
  { entry, name, subject, purpose }: RoleOf,
  { permissions, everywhere }: ToPlace,
): readonly RbacObject[] => {
  const names = (of: readonly Permission[]) =>
    new Set(of.filter(({ place }) => place === undefined).map(permissionName));
  const [allowed, anywhere] = [names(permissions), names(everywhere)];
  return byPlace(permissions).flatMap(({ place, needed }) => {
    const namespace = placeNamespace(place, entry.footholds);
    const reached = entry.namespaces.length === 0 || entry.namespaces.includes(namespace);
    const missing = needed.filter((permission) => {
      const one = permissionName(permission);
      return !anywhere.has(one) && !(reached && allowed.has(one));
    });
    const { suffix, why } = PLACED[place];
    if (missing.length === 0) return [];
    return boundInside(
      {
        ...{ name: `${name}:${suffix}`, subject, rules: rbacRules(missing) },
        comment: `${purpose}, in ${namespace} alone: ${why}`,
      },
      namespace,
    );
  });
};
