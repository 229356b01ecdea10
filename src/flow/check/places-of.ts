import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isClusterScoped } from '../../core/cluster-scoped.ts';
import { type Permission, permissionName } from '../../core/permission.ts';
import { placeNamespace } from '../../core/place-namespace.ts';

/** A permission and where it is asked for. */
export interface Question {
  readonly permission: Permission;
  /** Absent: everywhere, or outside every namespace. */
  readonly namespace?: string;
}

export const questionName = ({ permission, namespace }: Question): string =>
  `${permissionName(permission)}${namespace === undefined ? '' : ` in ${namespace}`}`;

/** Each allowed namespace, or the one where it is needed; once where all are allowed, and for what lies in none. */
export const placesOf = (
  { namespaces, footholds }: Pick<ClusterEntry, 'namespaces' | 'footholds'>,
  permission: Permission,
): readonly Question[] => {
  if (permission.place !== undefined)
    return [{ permission, namespace: placeNamespace(permission.place, footholds) }];
  return namespaces.length === 0 || isClusterScoped(permission)
    ? [{ permission }]
    : namespaces.map((namespace) => ({ permission, namespace }));
};

/** Each permission once with the places where it is: `create pods/exec in payments, shop; patch nodes`. */
export const questionsText = (questions: readonly Question[]): string =>
  [...Map.groupBy(questions, ({ permission }) => permissionName(permission))]
    .map(([name, places]) => {
      const namespaces = [...new Set(places.flatMap(({ namespace }) => namespace ?? []))];
      if (places.every(({ namespace }) => namespace !== undefined))
        return `${name} in ${namespaces.join(', ')}`;
      return places.every(({ permission }) => isClusterScoped(permission))
        ? name
        : `${name} in every namespace`;
    })
    .join('; ');
