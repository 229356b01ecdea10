import type { KubeObject } from '../api/kube-object.ts';
import { isPod } from '../api/pod.ts';
import type { Place } from './end-object.ts';

/** Stores what was created, and does what controllers do about it: a pod is started, a namespace gets its account. */
export function keepCreated({ store, kubelet }: Place, object: KubeObject): KubeObject {
  const { name } = object.metadata;
  const stored = store.put(object);
  if (isPod(stored)) void kubelet.run(stored);
  if (object.kind === 'Namespace')
    store.put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
  return stored;
}
