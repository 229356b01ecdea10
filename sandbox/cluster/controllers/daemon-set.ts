import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { generatedName } from '../writes/generated-name.ts';
import { asList, asMap } from '../writes/json-tree.ts';
import { claimPods } from './claim-pods.ts';
import type { ControllerPlace } from './controller-place.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { hasEnded, isActive, isBeingDeleted, isReady } from './pod-state.ts';
import { templateHash } from './revision-of.ts';

const ALWAYS_WRITTEN = [
  ...['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'],
];
/** A DaemonSet's pods tolerate these taints, a cordon among them. */
const TOLERATED = [
  ...['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'],
].map((name) => `node.kubernetes.io/${name}`);

const templateSpec = (set: KubeObject) => asMap(asMap(asMap(set['spec'])?.['template'])?.['spec']);

/** Whether the set is for this node: by its node selector, and by taints that it tolerates. */
function isFor(set: KubeObject, node: KubeObject): boolean {
  const spec = templateSpec(set);
  const labels = node.metadata.labels ?? {};
  const tolerations = asList(spec?.['tolerations']) ?? [];
  const tolerates = (taint: unknown): boolean =>
    fieldOf(taint, 'effect') === 'PreferNoSchedule' ||
    TOLERATED.includes(fieldOf(taint, 'key')) ||
    tolerations.some(
      (one) =>
        ['', fieldOf(taint, 'key')].includes(fieldOf(one, 'key')) &&
        ['', fieldOf(taint, 'effect')].includes(fieldOf(one, 'effect')) &&
        (fieldOf(one, 'operator') === 'Exists' || fieldOf(one, 'value') === fieldOf(taint, 'value')),
    );
  return (
    Object.entries(asMap(spec?.['nodeSelector']) ?? {}).every(([key, value]) => labels[key] === value) &&
    (asList(asMap(node['spec'])?.['taints']) ?? []).every(tolerates)
  );
}

/** The oldest first; of two of one second, by name. Source: daemon/util, podByCreationTimestampAndPhase. */
const older = (a: KubeObject, b: KubeObject): number =>
  Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') ||
  (a.metadata.name < b.metadata.name ? -1 : 1);

function create(place: ControllerPlace, set: KubeObject, node: string): void {
  const generateName = `${set.metadata.name}-`;
  const labels = {
    'controller-revision-hash': templateHash(set),
    'pod-template-generation': String(set.metadata.generation ?? 1),
  };
  const names = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [names] } };
  const pod = podFromTemplate(
    set,
    { name: generatedName(generateName), generateName },
    { labels, spec: { affinity: { nodeAffinity: required }, nodeName: node } },
  );
  if (place.create(set, pod))
    place.tell(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
}

/** One pod on each node that it is for. Source: pkg/controller/daemon/daemon_controller.go, podsShouldBeOnNode. */
export function syncDaemonSet(place: ControllerPlace, set: KubeObject): void {
  const { namespace = '' } = set.metadata;
  const mine = claimPods(place, set, place.pods(namespace));
  const on = (node: KubeObject) => mine.filter((pod) => fieldOf(pod, 'spec.nodeName') === node.metadata.name);
  const end = (pod: KubeObject) => {
    place.delete(set, pod, `Deleted pod: ${pod.metadata.name}`);
  };
  const nodes = place.store.list('', 'nodes', '');
  const wanted = nodes.filter((node) => isFor(set, node));
  for (const node of isBeingDeleted(set) ? [] : nodes) {
    const alive = on(node).filter((pod) => !isBeingDeleted(pod));
    const running = alive.filter((pod) => !hasEnded(pod)).toSorted(older);
    for (const pod of alive.filter(hasEnded)) end(pod);
    for (const pod of running.slice(wanted.includes(node) ? 1 : 0)) end(pod);
    if (wanted.includes(node) && on(node).length === 0) create(place, set, node.metadata.name);
  }
  const scheduled = wanted.filter((node) => on(node).length > 0);
  const ready = scheduled.filter((node) => on(node).some((pod) => isActive(pod) && isReady(pod))).length;
  const counts = {
    ...{ currentNumberScheduled: scheduled.length, desiredNumberScheduled: wanted.length },
    ...{ numberReady: ready, numberAvailable: ready, updatedNumberScheduled: scheduled.length },
    ...{ numberMisscheduled: 0, numberUnavailable: wanted.length - ready },
  };
  place.updateStatus(set, counts, ALWAYS_WRITTEN);
}
