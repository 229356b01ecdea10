import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { matchesSelector } from '../api/matches-selector.ts';
import { asMap } from '../writes/json-tree.ts';
import type { ControllerPlace } from './controller-place.ts';
import { controllerOf, hasEnded, isBeingDeleted, isReady } from './pod-state.ts';

const ALWAYS_WRITTEN = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'];
const PERCENT = 100;

/** A number, or a percentage of the whole, rounded up. Source: apimachinery, util/intstr. */
const scaled = (value: string, whole: number): number =>
  value.endsWith('%') ? Math.ceil((whole * Number(value.slice(0, -1))) / PERCENT) : Number(value);

/** How many pods the controllers of these want to have. A pod of nobody counts for nothing. */
function expectedScale(place: ControllerPlace, namespace: string, pods: readonly KubeObject[]): number {
  const owners = new Map(pods.flatMap((pod) => controllerOf(pod) ?? []).map((one) => [one.uid, one]));
  return ['replicasets', 'statefulsets']
    .flatMap((resource) => place.store.list('apps', resource, namespace))
    .filter(({ metadata }) => owners.has(metadata.uid ?? ''))
    .reduce((sum, set) => sum + Number(fieldOf(set, 'spec.replicas') || 1), 0);
}

/**
 * How many pods a PodDisruptionBudget lets go. Source: pkg/controller/disruption/disruption.go, trySync and
 * getExpectedPodCount. Its conditions and the time-out of disrupted pods are not played.
 */
export function syncDisruptionBudget(place: ControllerPlace, budget: KubeObject): void {
  const { namespace = '' } = budget.metadata;
  const pods = place.pods(namespace).filter((pod) => matchesSelector(pod, budget['spec']) && !hasEnded(pod));
  const [most, least] = [fieldOf(budget, 'spec.maxUnavailable'), fieldOf(budget, 'spec.minAvailable')];
  const isCount = most === '' && !least.endsWith('%');
  const expected = isCount ? pods.length : expectedScale(place, namespace, pods);
  const desired = Math.max(0, most === '' ? scaled(least, expected) : expected - scaled(most, expected));
  const told = Object.entries(asMap(asMap(budget['status'])?.['disruptedPods']) ?? {});
  const leaving = told.filter(([name]) =>
    pods.some((pod) => pod.metadata.name === name && !isBeingDeleted(pod)),
  );
  const isLeaving = ({ metadata }: KubeObject) => leaving.some(([name]) => name === metadata.name);
  const healthy = pods.filter((pod) => isReady(pod) && !isBeingDeleted(pod) && !isLeaving(pod)).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const disruptedPods = leaving.length === 0 ? undefined : Object.fromEntries(leaving);
  const counts = { currentHealthy: healthy, desiredHealthy: desired, expectedPods: expected };
  place.updateStatus(budget, { ...counts, disruptionsAllowed: allowed, disruptedPods }, ALWAYS_WRITTEN);
}
