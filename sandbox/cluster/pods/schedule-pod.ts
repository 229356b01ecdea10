import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { asList, asMap } from '../writes/json-tree.ts';

const isOpen = (node: KubeObject): boolean =>
  fieldOf(node, 'spec.unschedulable') !== 'true' &&
  (asList(asMap(node['spec'])?.['taints']) ?? []).length === 0;

/** The first node that takes pods: not cordoned, not tainted. */
export const scheduledNode = (store: ObjectStore): string | undefined =>
  store.list('', 'nodes', '').find(isOpen)?.metadata.name;
