import { isDeepStrictEqual } from 'node:util';
import { deniedByPolicy } from '../access/denied-by-policy.ts';
import { podSecurityViolation } from '../access/pod-security.ts';
import type { KubeObject, OwnerReference } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import type { PodManifest } from '../api/pod.ts';
import { resourceOf } from '../api/resource-kinds.ts';
import { admitPod } from '../pods/admit-pod.ts';
import { endObject, type Place } from '../pods/end-object.ts';
import { keepCreated } from '../pods/keep-created.ts';
import { pendingStatus } from '../pods/pod-status.ts';
import { deletionOf } from '../writes/delete-object.ts';
import { asMap } from '../writes/json-tree.ts';
import { recordUpdate } from '../writes/record-update.ts';
import { secondsText } from '../writes/seconds-text.ts';

const MANAGER = 'kube-controller-manager';

export const referenceTo = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
  ...{ controller: true, blockOwnerDeletion: true },
});

/** What the controllers act through: pods that they make and end, and objects that they keep up to date. */
export class ControllerPlace {
  readonly store: ObjectStore;
  readonly #place: Place;
  #events = 0;

  readonly #again: () => void;
  #timer: { readonly atMs: number; readonly timeout: NodeJS.Timeout } | undefined;

  /** `again` makes the controllers look once more. */
  constructor(place: Place, again: () => void) {
    this.#place = place;
    this.#again = again;
    this.store = place.store;
  }

  /** Makes the controllers look once more when time alone has changed something. */
  lookAgainIn(ms: number): void {
    const atMs = Date.now() + ms;
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.stop();
    const look = () => {
      this.#timer = undefined;
      this.#again();
    };
    this.#timer = { atMs, timeout: setTimeout(look, ms).unref() };
  }

  stop(): void {
    clearTimeout(this.#timer?.timeout);
    this.#timer = undefined;
  }

  pods(namespace: string): readonly KubeObject[] {
    return this.store.list('', 'pods', namespace);
  }

  /** Starts a pod of a controller. False when one of that name is there, or when Pod Security refuses it, which is told. */
  create(owner: KubeObject, manifest: PodManifest): boolean {
    const { namespace, name } = manifest.metadata;
    if (this.store.get({ group: '', resource: 'pods', namespace, name }) !== undefined) return false;
    const metadata = { ...manifest.metadata, ownerReferences: [referenceTo(owner)] };
    const pod = admitPod({ ...manifest, metadata });
    const violation = podSecurityViolation(this.store, pod);
    if (violation !== undefined) {
      const message = `Error creating: pods "${name}" is forbidden: ${violation}`;
      this.tell(owner, 'Warning', 'FailedCreate', message);
      return false;
    }
    keepCreated(this.#place, { ...pod, status: pendingStatus('') });
    return true;
  }

  /** Deletes a pod of a controller, and tells of it; or tells that admission denied it. */
  delete(owner: KubeObject, pod: KubeObject, message: string): void {
    const { name, namespace = '' } = pod.metadata;
    const place = { group: '', version: 'v1', resource: 'pods', subresource: '', namespace, name };
    const target = { ...place, verb: 'delete' };
    const denied = deniedByPolicy(this.store, { operation: 'DELETE', target, oldObject: pod });
    if (denied !== undefined) {
      this.tell(owner, 'Warning', 'FailedDelete', `Error deleting: ${denied.message}`);
      return;
    }
    this.tell(owner, 'Normal', 'SuccessfulDelete', message);
    this.end(pod);
  }

  /** Deletes an object in nobody's name. */
  end(object: KubeObject): void {
    endObject(this.#place, deletionOf(object, null, new Date()));
  }

  /** Writes an object as its controller does, unless nothing is changed. */
  update(before: KubeObject, after: KubeObject): void {
    if (isDeepStrictEqual(before, after)) return;
    this.store.put(recordUpdate(before, after, MANAGER, new Date()));
  }

  /** Writes the status of an object. Of counts, `kept` names those that are written even when they are zero. */
  updateStatus(
    object: KubeObject,
    counts: Readonly<Record<string, unknown>>,
    kept: readonly string[] = [],
  ): void {
    const { group, resource } = resourceOf(object);
    const { namespace = '', name } = object.metadata;
    const current = this.store.get({ group, resource, namespace, name });
    if (current === undefined) return;
    const { generation } = current.metadata;
    const merged = { ...asMap(current['status']), observedGeneration: generation, ...counts };
    const status = Object.fromEntries(
      Object.entries(merged).filter(
        ([key, value]) => value !== undefined && (value !== 0 || kept.includes(key)),
      ),
    );
    if (!isDeepStrictEqual(asMap(current['status']), status)) this.store.put({ ...current, status });
  }

  /** An event about an object that a controller works for. */
  tell(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { apiVersion, kind, metadata } = object;
    const { name, namespace = '', uid = '' } = metadata;
    const at = secondsText(new Date());
    const component = `${kind.toLowerCase()}-controller`;
    const sequence = (this.#events++).toString(16).padStart(4, '0');
    this.store.put({
      ...{
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name}.18e9d3dfd313${sequence}`, namespace },
      },
      involvedObject: { apiVersion, kind, namespace, name, uid },
      ...{ type, reason, message, count: 1, firstTimestamp: at, lastTimestamp: at, eventTime: null },
      ...{ source: { component }, reportingComponent: component, reportingInstance: '' },
    });
  }
}
