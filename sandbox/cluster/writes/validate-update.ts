import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/kube-object.ts';
import { type FieldError, forbiddenValue, invalidValue } from './field-error.ts';
import { asList, asMap } from './json-tree.ts';
import { admissionPolicyErrors } from './validate-admission-policy.ts';
import { annotationErrors, labelErrors } from './validate-metadata.ts';

const IMMUTABLE = ['name', 'namespace', 'uid'] as const;

const POD_RULE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
const STATEFUL_SET_RULE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const STATEFUL_SET_MAY = [
  ...['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'minReadySeconds'],
  'persistentVolumeClaimRetentionPolicy',
];

const without = (value: unknown, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(asMap(value) ?? {}).filter(([key]) => !keys.includes(key)));

const withoutImages = (containers: unknown) => asList(containers)?.map((one) => without(one, ['image']));

function podErrors(before: unknown, after: unknown): readonly FieldError[] {
  const free = ['containers', 'initContainers', 'tolerations', 'activeDeadlineSeconds'];
  const rest = (spec: unknown) => ({
    ...without(spec, free),
    containers: withoutImages(asMap(spec)?.['containers']),
    initContainers: withoutImages(asMap(spec)?.['initContainers']),
  });
  const tolerations = asList(asMap(after)?.['tolerations']) ?? [];
  const lost = (asList(asMap(before)?.['tolerations']) ?? []).filter(
    (one) => !tolerations.some((other) => isDeepStrictEqual(one, other)),
  );
  return isDeepStrictEqual(rest(before), rest(after)) && lost.length === 0
    ? []
    : [forbiddenValue('spec', POD_RULE)];
}

function specErrors(kind: string, before: unknown, after: unknown): readonly FieldError[] {
  const [old, now] = [asMap(before)?.['selector'], asMap(after)?.['selector']];
  switch (kind) {
    case 'Pod':
      return podErrors(before, after);
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      return isDeepStrictEqual(old, now) ? [] : [invalidValue('spec.selector', now, 'field is immutable')];
    case 'StatefulSet':
      return isDeepStrictEqual(without(before, STATEFUL_SET_MAY), without(after, STATEFUL_SET_MAY))
        ? []
        : [forbiddenValue('spec', STATEFUL_SET_RULE)];
    default:
      return [];
  }
}

/** How often a pod's validators report the same, as recorded on 1.36: several of them look at its metadata. */
const REPORTED = { immutable: 2, labels: 4 } as const;

const repeated = (kind: string, errors: readonly FieldError[], times: number): readonly FieldError[] =>
  Array.from({ length: kind === 'Pod' ? times : 1 }, () => errors).flat();

/** What the API server's validation of an update finds; empty when it may be stored. */
export function updateErrors(before: KubeObject, after: KubeObject): readonly FieldError[] {
  const immutable = IMMUTABLE.filter((key) => after.metadata[key] !== before.metadata[key]).map((key) =>
    invalidValue(`metadata.${key}`, after.metadata[key], 'field is immutable'),
  );
  return [
    ...repeated(before.kind, immutable, REPORTED.immutable),
    ...repeated(before.kind, labelErrors(after.metadata.labels ?? {}), REPORTED.labels),
    ...annotationErrors(after.metadata.annotations ?? {}),
    ...specErrors(before.kind, before['spec'], after['spec']),
    ...admissionPolicyErrors(after),
  ];
}
