import { fieldOf } from '../api/kube-object.ts';
import { isPod } from '../api/pod.ts';
import type { Place } from '../pods/end-object.ts';
import { scheduledNode } from '../pods/schedule-pod.ts';
import { controllerOf, isActive } from './pod-state.ts';

/** Starts the pods of controllers that found no open node, once there is one. Others that wait have reasons of their own. */
export function schedulePending({ store, kubelet }: Place): void {
  if (scheduledNode(store) === undefined) return;
  for (const pod of store.list('', 'pods', ''))
    if (
      isPod(pod) &&
      isActive(pod) &&
      controllerOf(pod) !== undefined &&
      fieldOf(pod, 'spec.nodeName') === ''
    )
      void kubelet.run(pod);
}
