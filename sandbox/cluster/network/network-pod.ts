import type { KubeObject } from '../api/kube-object.ts';

/** A pod that has an address of its own in the pod network. */
export interface NetworkPod {
  readonly ip: string;
  /** The pod as it was last seen in the store: its labels, its ports. */
  readonly object: KubeObject;
  /** Its namespace, for the labels. */
  readonly namespace: KubeObject;
}
