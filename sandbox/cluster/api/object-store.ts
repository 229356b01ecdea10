import { randomUUID } from 'node:crypto';
import { recordCreation } from '../writes/record-update.ts';
import { secondsText } from '../writes/seconds-text.ts';
import type { KubeObject } from './kube-object.ts';
import { resourceOf } from './resource-kinds.ts';

export interface ObjectKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What became of an object, as a watch tells it. */
export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly key: ObjectKey;
  readonly object: KubeObject;
}

const keyText = ({ group, resource, namespace, name }: ObjectKey) =>
  [group, resource, namespace, name].join('/');

/** Every object of the cluster by resource, namespace and name, with uid and resourceVersion kept as etcd would. */
export class ObjectStore {
  readonly #objects = new Map<string, KubeObject>();
  readonly #events: StoreEvent[] = [];
  readonly #watchers = new Set<(event: StoreEvent) => void>();
  #version = 1000;

  get resourceVersion(): string {
    return String(this.#version);
  }

  get({ group, resource, namespace, name }: ObjectKey): KubeObject | undefined {
    return this.#objects.get(keyText({ group, resource, namespace, name }));
  }

  /** Objects of one resource, by namespace and name; all namespaces when `namespace` is empty. */
  list(group: string, resource: string, namespace: string): readonly KubeObject[] {
    const prefix = namespace === '' ? `${group}/${resource}/` : `${group}/${resource}/${namespace}/`;
    return [...this.#objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Objects of every kind in a namespace. */
  inNamespace(namespace: string): readonly KubeObject[] {
    return [...this.#objects.values()].filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** Writes an object. A new one gets a uid, a creation time and a manager of its fields; an existing one keeps them. */
  put<T extends KubeObject>(object: T): T & { readonly metadata: { readonly uid: string } } {
    const key = keyOf(object);
    const before = this.#objects.get(keyText(key))?.metadata;
    this.#version += 1;
    const now = new Date();
    const uid = object.metadata.uid ?? before?.uid ?? randomUUID();
    const managedFields =
      object.metadata.managedFields ?? before?.managedFields ?? madeBy(object, now).metadata.managedFields;
    const stored = {
      ...object,
      metadata: {
        ...object.metadata,
        uid,
        resourceVersion: String(this.#version),
        creationTimestamp: object.metadata.creationTimestamp ?? before?.creationTimestamp ?? secondsText(now),
        ...(managedFields === undefined ? {} : { managedFields }),
      },
    };
    this.#objects.set(keyText(key), stored);
    this.#tell(before === undefined ? 'ADDED' : 'MODIFIED', key, stored);
    return stored;
  }

  delete(key: ObjectKey): void {
    const object = this.get(key);
    if (object === undefined) return;
    this.#version += 1;
    this.#objects.delete(keyText(key));
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#tell('DELETED', key, { ...object, metadata });
  }

  deleteObject(object: KubeObject): void {
    this.delete(keyOf(object));
  }

  /** Tells what happened after a version, and what happens from now on until the returned function is called. */
  watch(afterVersion: number, tell: (event: StoreEvent) => void): () => void {
    for (const event of this.#events) if (event.version > afterVersion) tell(event);
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  #tell(type: StoreEvent['type'], key: ObjectKey, object: KubeObject): void {
    const event = { type, version: this.#version, key, object };
    this.#events.push(event);
    for (const tell of this.#watchers) tell(event);
  }
}

function keyOf(object: KubeObject): ObjectKey {
  const { group, resource } = resourceOf(object);
  return { group, resource, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** Whoever made an object that came by no request: its controller, or somebody with kubectl. */
function madeBy(object: KubeObject, now: Date): KubeObject {
  const { status: _status, ...wanted } = object;
  const owned = (object.metadata.ownerReferences ?? []).length > 0;
  return recordCreation(wanted, owned ? 'kube-controller-manager' : 'kubectl-create', now);
}
