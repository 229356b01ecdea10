import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { claimPods } from './claim-pods.ts';
import type { ControllerPlace } from './controller-place.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { hasEnded, isBeingDeleted, isReady } from './pod-state.ts';
import { revisionOf } from './revision-of.ts';

const ALWAYS_WRITTEN = ['replicas', 'availableReplicas', 'collisionCount'];

/** The number at the end of a pod's name; undefined when the pod is not of this set. */
function ordinalOf(set: KubeObject, { metadata }: KubeObject): number | undefined {
  const [, parent, ordinal] = /^(.*)-(\d+)$/.exec(metadata.name) ?? [];
  return parent === set.metadata.name && ordinal !== undefined ? Number(ordinal) : undefined;
}

function create(place: ControllerPlace, set: KubeObject, ordinal: number): boolean {
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = {
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
    'controller-revision-hash': revisionOf(set),
  };
  const subdomain = fieldOf(set, 'spec.serviceName');
  const pod = podFromTemplate(
    set,
    { name },
    { labels, spec: { hostname: name, ...(subdomain === '' ? {} : { subdomain }) } },
  );
  if (!place.create(set, pod)) return false;
  const { metadata } = set;
  const message = `Create Pod ${name} in StatefulSet ${metadata.name} successful`;
  place.tell(set, 'Normal', 'SuccessfulCreate', message);
  return true;
}

const remove = (place: ControllerPlace, set: KubeObject, pod: KubeObject): void =>
  place.delete(set, pod, `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);

/** Brings one pod after the other up, and stops where one is not Ready, or its name is taken by a pod of nobody. */
function bringUp(
  place: ControllerPlace,
  set: KubeObject,
  members: readonly KubeObject[],
): 'all are up' | 'waits' {
  const inOrder = fieldOf(set, 'spec.podManagementPolicy') !== 'Parallel';
  const wanted = Number(fieldOf(set, 'spec.replicas') || 1);
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const pod = members.find((one) => ordinalOf(set, one) === ordinal);
    if (pod === undefined) {
      const made = create(place, set, ordinal);
      if (!made || inOrder) return 'waits';
    } else if (hasEnded(pod) && !isBeingDeleted(pod)) {
      remove(place, set, pod);
      if (inOrder) return 'waits';
    } else if (inOrder && (isBeingDeleted(pod) || !isReady(pod))) return 'waits';
  }
  return 'all are up';
}

/**
 * Source: pkg/controller/statefulset: stateful_set.go, stateful_set_control.go. Claims of volumes and rolling updates
 * are not played.
 */
export function syncStatefulSet(place: ControllerPlace, set: KubeObject): void {
  const { namespace = '' } = set.metadata;
  const members = claimPods(place, set, place.pods(namespace), (pod) => ordinalOf(set, pod) !== undefined);
  const wanted = Number(fieldOf(set, 'spec.replicas') || 1);
  if (!isBeingDeleted(set) && bringUp(place, set, members) === 'all are up') {
    const beyond = members
      .filter((pod) => (ordinalOf(set, pod) ?? 0) >= wanted)
      .toSorted((a, b) => (ordinalOf(set, b) ?? 0) - (ordinalOf(set, a) ?? 0));
    const [last] = beyond;
    if (last !== undefined && !isBeingDeleted(last)) {
      remove(place, set, last);
    }
  }
  const revision = revisionOf(set);
  const alive = members.filter((pod) => !hasEnded(pod));
  const ready = alive.filter((pod) => isReady(pod) && !isBeingDeleted(pod)).length;
  place.updateStatus(
    set,
    {
      ...{ replicas: alive.length, readyReplicas: ready, availableReplicas: ready },
      ...{ currentReplicas: alive.length, updatedReplicas: alive.length },
      ...{ currentRevision: revision, updateRevision: revision, collisionCount: 0 },
    },
    ALWAYS_WRITTEN,
  );
}
