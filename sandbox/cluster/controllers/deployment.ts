import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { asMap } from '../writes/json-tree.ts';
import type { ControllerPlace } from './controller-place.ts';
import { controllerOf } from './pod-state.ts';

const count = (object: KubeObject, path: string) => Number(fieldOf(object, path) || 0);

/**
 * Scales the newest ReplicaSet of a Deployment and sums up what all have. A changed template makes no new one.
 * Source: pkg/controller/deployment, sync.go.
 */
export function syncDeployment(place: ControllerPlace, deployment: KubeObject): void {
  const { uid, namespace = '' } = deployment.metadata;
  const sets = place.store
    .list('apps', 'replicasets', namespace)
    .filter((set) => controllerOf(set)?.uid === uid)
    .toSorted((a, b) => count(b, 'spec.replicas') - count(a, 'spec.replicas'));
  const [newest] = sets;
  if (newest === undefined) return;
  const replicas = Number(fieldOf(deployment, 'spec.replicas') || 1);
  if (count(newest, 'spec.replicas') !== replicas) {
    const { generation = 0 } = newest.metadata;
    const metadata = { ...newest.metadata, generation: generation + 1 };
    place.update(newest, { ...newest, metadata, spec: { ...asMap(newest['spec']), replicas } });
  }
  const sum = (path: string) => sets.reduce((total, set) => total + count(set, path), 0);
  const available = sum('status.availableReplicas');
  place.updateStatus(deployment, {
    ...{ replicas: sum('status.replicas'), updatedReplicas: count(newest, 'status.replicas') },
    ...{ readyReplicas: sum('status.readyReplicas'), availableReplicas: available },
    unavailableReplicas: Math.max(0, replicas - available),
  });
}
