import type { FootholdSettings } from './foothold.ts';
import type { Place } from './permission.ts';

/** The namespace that a place is in a cluster. */
export const placeNamespace = (
  place: Place,
  { namespace, nodeNamespace }: Pick<FootholdSettings, 'namespace' | 'nodeNamespace'>,
): string => {
  switch (place) {
    case 'probe namespace':
      return namespace;
    case 'node namespace':
      return nodeNamespace;
    case 'kube-system':
    case 'default':
      return place;
  }
};
