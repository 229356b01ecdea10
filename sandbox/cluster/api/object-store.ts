import { randomUUID } from 'node:crypto';
import type { KubeObject } from './kube-object.ts';
import { resourceOf } from './resource-kinds.ts';

export interface ObjectKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

const keyText = ({ group, resource, namespace, name }: ObjectKey) =>
  [group, resource, namespace, name].join('/');

/** Every object of the cluster by resource, namespace and name, with uid and resourceVersion kept as etcd would. */
export class ObjectStore {
  readonly #objects = new Map<string, KubeObject>();
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

  /** Writes an object. A new one gets a uid and a creation time; an existing one keeps both. */
  put<T extends KubeObject>(object: T): T & { readonly metadata: { readonly uid: string } } {
    const key = this.#keyOf(object);
    const before = this.#objects.get(key)?.metadata;
    this.#version += 1;
    const uid = object.metadata.uid ?? before?.uid ?? randomUUID();
    const stored = {
      ...object,
      metadata: {
        ...object.metadata,
        uid,
        resourceVersion: String(this.#version),
        creationTimestamp:
          object.metadata.creationTimestamp ??
          before?.creationTimestamp ??
          new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      },
    };
    this.#objects.set(key, stored);
    return stored;
  }

  delete(key: ObjectKey): void {
    this.#version += 1;
    this.#objects.delete(keyText(key));
  }

  #keyOf(object: KubeObject): string {
    const { group, resource } = resourceOf(object);
    return keyText({
      group,
      resource,
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
    });
  }
}
