import type { KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { Image } from '../runtime/image.ts';
import type { Machine } from '../runtime/machine.ts';
import { namespace } from '../world/objects.ts';
import type { WorldPod } from '../world/world.ts';
import { clusterServices, DNS_IMAGE, dnsImage, dnsPod } from './cluster-services.ts';
import type { NetworkMode } from './network-mode.ts';
import { PodNetwork } from './pod-network.ts';

/** The pod network with the pods that belong to it, or why there is none. */
export type StartedNetwork =
  | { readonly network: PodNetwork; readonly reason: ''; readonly pods: readonly WorldPod[] }
  | { readonly network: undefined; readonly reason: string; readonly pods: readonly WorldPod[] };

const none = (reason: string): StartedNetwork => ({ network: undefined, reason, pods: [] });

/** Starts it when `mode` asks for one, and puts into the cluster what belongs to it and is not there yet. */
export async function startNetwork(
  mode: NetworkMode | undefined,
  machine: Machine | string,
  store: ObjectStore,
  images: Record<string, Image>,
): Promise<StartedNetwork> {
  if (mode === undefined) return none('it was asked for without a pod network');
  if (typeof machine === 'string') return none(`this machine has no pod network: ${machine}`);
  const network = await PodNetwork.start({ machine, store, mode });
  if (typeof network === 'string') return none(network);
  images[DNS_IMAGE] ??= dnsImage;
  for (const name of ['default', 'kube-system']) putNew(store, 'namespaces', namespace(name));
  for (const object of clusterServices) store.put(object);
  const node = store.list('', 'nodes', '')[0]?.metadata.name ?? 'node-a';
  return { network, reason: '', pods: [{ manifest: dnsPod(node) }] };
}

function putNew(store: ObjectStore, resource: string, object: KubeObject): void {
  const key = { group: '', resource, namespace: '', name: object.metadata.name };
  if (store.get(key) === undefined) store.put(object);
}
