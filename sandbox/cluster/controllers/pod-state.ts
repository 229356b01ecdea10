import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { asList, asMap } from '../writes/json-tree.ts';

const readyCondition = (pod: KubeObject) =>
  asList(asMap(pod['status'])?.['conditions'])
    ?.map(asMap)
    .find((one) => one?.['type'] === 'Ready');

export const isReady = (pod: KubeObject): boolean => readyCondition(pod)?.['status'] === 'True';

/** When it became Ready, in ms; 0 when it says no time. */
export const readySinceMs = (pod: KubeObject): number =>
  Date.parse(fieldOf(readyCondition(pod), 'lastTransitionTime')) || 0;

export const hasEnded = (pod: KubeObject): boolean =>
  ['Succeeded', 'Failed'].includes(fieldOf(pod, 'status.phase'));

export const isBeingDeleted = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;

/** One that counts as a replica. Source: pkg/controller/controller_utils.go, IsPodActive. */
export const isActive = (pod: KubeObject): boolean => !hasEnded(pod) && !isBeingDeleted(pod);

/** The reference to the one controller of an object. */
export const controllerOf = ({ metadata }: KubeObject) =>
  (metadata.ownerReferences ?? []).find((one) => one.controller === true);
