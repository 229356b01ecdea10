import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { generatedName } from '../writes/generated-name.ts';
import { claimPods } from './claim-pods.ts';
import type { ControllerPlace } from './controller-place.ts';
import { inDeletionOrder, relatedPods } from './deletion-order.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { isActive, isBeingDeleted, isReady } from './pod-state.ts';

const ALWAYS_WRITTEN = ['replicas'];

/** Source: pkg/controller/replicaset/replica_set.go, syncReplicaSet and manageReplicas. */
export function syncReplicaSet(place: ControllerPlace, set: KubeObject): void {
  const { name, namespace = '' } = set.metadata;
  const active = claimPods(place, set, place.pods(namespace).filter(isActive));
  const wanted = Number(fieldOf(set, 'spec.replicas') || 1);
  if (!isBeingDeleted(set)) {
    for (let missing = wanted - active.length; missing > 0; missing -= 1) {
      const generateName = `${name}-`;
      const pod = podFromTemplate(set, { name: generatedName(generateName), generateName });
      if (!place.create(set, pod)) break;
      place.tell(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
    const sets = place.store.list('apps', 'replicasets', namespace);
    const related = relatedPods(set, sets, place.pods(namespace).filter(isActive));
    const surplus = Math.max(0, active.length - wanted);
    for (const pod of inDeletionOrder(active, related, Date.now()).slice(0, surplus)) {
      place.delete(set, pod, `Deleted pod: ${pod.metadata.name}`);
    }
  }
  const ready = active.filter(isReady).length;
  const counts = { fullyLabeledReplicas: active.length, readyReplicas: ready, availableReplicas: ready };
  place.updateStatus(set, { replicas: active.length, ...counts }, ALWAYS_WRITTEN);
}
