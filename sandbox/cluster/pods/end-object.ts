import type { KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { Deletion } from '../writes/delete-object.ts';
import type { Kubelet } from './kubelet.ts';

export interface Place {
  readonly store: ObjectStore;
  readonly kubelet: Kubelet;
}

async function endNamespace({ store, kubelet }: Place, namespace: KubeObject): Promise<void> {
  const { name } = namespace.metadata;
  const inside = store.inNamespace(name);
  const pods = inside.filter(({ kind }) => kind === 'Pod');
  await Promise.all(pods.map((pod) => kubelet.remove(name, pod.metadata.name)));
  for (const object of store.inNamespace(name)) store.deleteObject(object);
  store.deleteObject(namespace);
}

/** Carries a deletion out, as the kubelet and the namespace controller do. What it owned stays. */
export function endObject(place: Place, { object, graceSeconds }: Deletion): void {
  const { store, kubelet } = place;
  const { namespace = '', name, uid = '' } = object.metadata;
  if (object.kind === 'Namespace') {
    store.put(object);
    void endNamespace(place, object);
  } else if (object.kind !== 'Pod') store.deleteObject(object);
  else if (graceSeconds === 0) void kubelet.remove(namespace, name);
  else {
    store.put(object);
    void kubelet.terminate(namespace, name, uid);
  }
}
