import type { KubeObject } from '../api/kube-object.ts';
import { matchesSelector } from '../api/matches-selector.ts';
import { type ControllerPlace, referenceTo } from './controller-place.ts';
import { controllerOf, isBeingDeleted } from './pod-state.ts';

const withOwners = (pod: KubeObject, owners: KubeObject['metadata']['ownerReferences']): KubeObject => {
  const { ownerReferences: _before, ...metadata } = pod.metadata;
  return {
    ...pod,
    metadata: { ...metadata, ...(owners?.length ? { ownerReferences: owners } : {}) },
  };
};

/**
 * The pods of a controller. One whose labels no longer match is released, and one that belongs to nobody and matches is
 * adopted. `may` says which pods it would adopt at all.
 * Source: pkg/controller/controller_ref_manager.go, ClaimPods.
 */
export function claimPods(
  place: ControllerPlace,
  controller: KubeObject,
  candidates: readonly KubeObject[],
  may: (pod: KubeObject) => boolean = () => true,
): readonly KubeObject[] {
  const ending = isBeingDeleted(controller);
  return candidates.flatMap((pod) => {
    const owner = controllerOf(pod);
    const matches = matchesSelector(pod, controller['spec']) && may(pod);
    if (owner !== undefined && owner.uid !== controller.metadata.uid) return [];
    if (owner !== undefined && matches) return [pod];
    if (ending) return [];
    const others = (pod.metadata.ownerReferences ?? []).filter((one) => one !== owner);
    if (owner !== undefined) {
      place.update(pod, withOwners(pod, others));
      return [];
    }
    if (!matches || isBeingDeleted(pod)) return [];
    const adopted = withOwners(pod, [...others, referenceTo(controller)]);
    place.update(pod, adopted);
    return [adopted];
  });
}
