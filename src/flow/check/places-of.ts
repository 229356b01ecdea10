import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isClusterScoped } from '../../core/cluster-scoped.ts';
import { type Permission, permissionName } from '../../core/permission.ts';

/** A permission and where it is asked for. */
export interface Question {
  readonly permission: Permission;
  /** Absent: everywhere, or outside every namespace. */
  readonly namespace?: string;
}

export const questionName = ({ permission, namespace }: Question): string =>
  `${permissionName(permission)}${namespace === undefined ? '' : ` in ${namespace}`}`;

/** Each allowed namespace; once where all are allowed, and for what lies in none. */
export const placesOf = (
  { namespaces }: Pick<ClusterEntry, 'namespaces'>,
  permission: Permission,
): readonly Question[] =>
  namespaces.length === 0 || isClusterScoped(permission)
    ? [{ permission }]
    : namespaces.map((namespace) => ({ permission, namespace }));

/** Each permission once with the places where it is: `create pods/exec in payments, shop; patch nodes`. */
export const questionsText = (questions: readonly Question[]): string =>
  [...Map.groupBy(questions, ({ permission }) => permissionName(permission))]
    .map(([name, places]) => {
      const namespaces = places.flatMap(({ namespace }) => namespace ?? []);
      if (namespaces.length > 0) return `${name} in ${namespaces.join(', ')}`;
      return places.every(({ permission }) => isClusterScoped(permission))
        ? name
        : `${name} in every namespace`;
    })
    .join('; ');
