import type { KubeObject } from '../api/kube-object.ts';
import type { ControllerPlace } from './controller-place.ts';
import { controllerOf, isBeingDeleted } from './pod-state.ts';

const OWNERS: readonly (readonly [string, string])[] = [
  ...(['deployments', 'replicasets', 'statefulsets', 'daemonsets'] as const).map(
    (one) => ['apps', one] as const,
  ),
  ...(['jobs', 'cronjobs'] as const).map((one) => ['batch', one] as const),
];

/**
 * Deletes pods and ReplicaSets whose controller is gone, as deletion in the background has it. Orphans are not played: a
 * client that wants them takes the references away first. Source: pkg/controller/garbagecollector.
 */
export function collectGarbage(place: ControllerPlace): void {
  const { store } = place;
  const owners = new Set(
    OWNERS.flatMap(([group, resource]) => store.list(group, resource, '')).map(
      ({ metadata }) => metadata.uid,
    ),
  );
  const isLeft = (object: KubeObject): boolean => {
    const owner = controllerOf(object);
    return owner !== undefined && /^(?:apps|batch)\//.test(owner.apiVersion) && !owners.has(owner.uid);
  };
  for (const set of store.list('apps', 'replicasets', '')) if (isLeft(set)) store.deleteObject(set);
  for (const pod of place.pods('')) if (isLeft(pod) && !isBeingDeleted(pod)) place.end(pod);
}
