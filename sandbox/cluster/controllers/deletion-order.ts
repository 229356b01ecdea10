import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { asList, asMap } from '../writes/json-tree.ts';
import { controllerOf, isReady, readySinceMs } from './pod-state.ts';

/** Each compares as the first one to delete would: below zero when `a` goes before `b`. */
type Compare = (a: KubeObject, b: KubeObject) => number;

const PHASES = ['Pending', 'Unknown', 'Running'];
const COST = 'controller.kubernetes.io/pod-deletion-cost';
const NS_PER_MS = 1e6;

const phase = (pod: KubeObject) => PHASES.indexOf(fieldOf(pod, 'status.phase'));
const cost = ({ metadata }: KubeObject) => Number(metadata.annotations?.[COST] ?? 0);
const uid = ({ metadata }: KubeObject) => metadata.uid ?? '';

const restarts = (pod: KubeObject): number =>
  Math.max(
    0,
    ...(asList(asMap(pod['status'])?.['containerStatuses']) ?? []).map((one) =>
      Number(fieldOf(one, 'restartCount') || 0),
    ),
  );

/** Which power of two of nanoseconds an age lies in, so that pods of about one age are told apart by chance alone. */
const magnitude = (sinceMs: number, nowMs: number): number =>
  nowMs <= sinceMs ? -1 : Math.trunc(Math.log2((nowMs - sinceMs) * NS_PER_MS));

const younger = (aMs: number, bMs: number, a: KubeObject, b: KubeObject, nowMs: number): number => {
  if (aMs === bMs) return 0;
  if (aMs === 0 || bMs === 0) return aMs === 0 ? -1 : 1;
  return magnitude(aMs, nowMs) - magnitude(bMs, nowMs) || (uid(a) < uid(b) ? -1 : 1);
};

const created = ({ metadata }: KubeObject) => Date.parse(metadata.creationTimestamp ?? '') || 0;

const FIRST: readonly Compare[] = [
  (a, b) => Number(fieldOf(a, 'spec.nodeName') !== '') - Number(fieldOf(b, 'spec.nodeName') !== ''),
  (a, b) => phase(a) - phase(b),
  (a, b) => Number(isReady(a)) - Number(isReady(b)),
];
const last = (nowMs: number): readonly Compare[] => [
  (a, b) => (isReady(a) && isReady(b) ? younger(readySinceMs(a), readySinceMs(b), a, b, nowMs) : 0),
  (a, b) => restarts(b) - restarts(a),
  (a, b) => younger(created(a), created(b), a, b, nowMs),
];
const sorted = (pods: readonly KubeObject[], steps: readonly Compare[]): readonly KubeObject[] =>
  pods.toSorted((a, b) => steps.reduce((found, step) => (found === 0 ? step(a, b) : found), 0));

/**
 * The order in which a ReplicaSet deletes surplus pods. `related` are the active pods of all ReplicaSets of the same
 * owner: the more of them on a node, the sooner one there goes.
 * Source: pkg/controller/controller_utils.go, ActivePodsWithRanks.
 */
export function inDeletionOrder(
  pods: readonly KubeObject[],
  related: readonly KubeObject[],
  nowMs: number,
): readonly KubeObject[] {
  const node = (pod: KubeObject) => fieldOf(pod, 'spec.nodeName');
  const onNode = (pod: KubeObject) => related.filter((one) => node(one) === node(pod)).length;
  return sorted(pods, [
    ...FIRST,
    (a, b) => cost(a) - cost(b),
    (a, b) => onNode(b) - onNode(a),
    ...last(nowMs),
  ]);
}

/** The order of a Job, which heeds neither deletion cost nor nodes. Source: controller_utils.go, ActivePods. */
export const inJobDeletionOrder = (pods: readonly KubeObject[], nowMs: number): readonly KubeObject[] =>
  sorted(pods, [...FIRST, ...last(nowMs)]);

/** Pods of the ReplicaSets that belong to the same owner as this one, by its uid. */
export const relatedPods = (
  set: KubeObject,
  sets: readonly KubeObject[],
  pods: readonly KubeObject[],
): readonly KubeObject[] => {
  const owner = controllerOf(set)?.uid;
  const siblings = owner === undefined ? [set] : sets.filter((one) => controllerOf(one)?.uid === owner);
  const uids = new Set(siblings.map(uid));
  return pods.filter((pod) => uids.has(controllerOf(pod)?.uid ?? ''));
};
