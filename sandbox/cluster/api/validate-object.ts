import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './kube-object.ts';

/** A cause of a 422. */
export interface Cause {
  readonly field: string;
  readonly message: string;
}

/** k8s.io/apimachinery, pkg/util/validation: a label's value and a qualified name. */
const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const NAME_PART = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_LABEL = 63;
const ANNOTATIONS_BYTES = 256 * 1024;

const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LENGTH_RULE = 'must be no more than 63 bytes';

const invalid = (field: string, value: string, rule: string): Cause => ({
  field,
  message: `Invalid value: ${JSON.stringify(value)}: ${rule}`,
});

const keyCauses = (field: string, key: string): readonly Cause[] => {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length > 1 ? parts.slice(0, -1).join('/') : undefined;
  return [
    ...(NAME_PART.test(name) ? [] : [invalid(field, key, KEY_RULE)]),
    ...(name.length <= LONGEST_LABEL ? [] : [invalid(field, key, `name part ${LENGTH_RULE}`)]),
    ...(prefix === undefined || PREFIX.test(prefix) ? [] : [invalid(field, key, 'prefix part is not valid')]),
  ];
};

const labelCauses = (labels: Readonly<Record<string, unknown>>): readonly Cause[] =>
  Object.entries(labels).flatMap(([key, value]) => {
    const field = 'metadata.labels';
    if (typeof value !== 'string') return [invalid(field, String(value), 'must be a string')];
    return [
      ...keyCauses(field, key),
      ...(LABEL_VALUE.test(value) ? [] : [invalid(field, value, VALUE_RULE)]),
      ...(value.length <= LONGEST_LABEL ? [] : [invalid(field, value, LENGTH_RULE)]),
    ];
  });

const annotationCauses = (annotations: Readonly<Record<string, unknown>>): readonly Cause[] => {
  const field = 'metadata.annotations';
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(value)),
    0,
  );
  return [
    ...Object.keys(annotations).flatMap((key) => keyCauses(field, key)),
    ...(bytes <= ANNOTATIONS_BYTES
      ? []
      : [{ field, message: `Too long: may not be more than ${ANNOTATIONS_BYTES} bytes` }]),
  ];
};

const IMMUTABLE = ['name', 'namespace', 'uid'] as const;

/** Parts of a pod's spec that may change while it lives; the names of images may too. */
const MUTABLE_POD_SPEC = new Set(['activeDeadlineSeconds', 'terminationGracePeriodSeconds', 'tolerations']);

const withoutMutable = (spec: unknown): unknown =>
  Object.fromEntries(
    Object.entries(typeof spec === 'object' && spec !== null ? spec : {}).filter(
      ([key]) => !MUTABLE_POD_SPEC.has(key),
    ),
  );

/** How often a pod's validators report the same, as recorded on 1.36: several of them look at its metadata. */
const REPORTED = { immutable: 2, labels: 4 } as const;

const repeated = (kind: string, causes: readonly Cause[], times: number): readonly Cause[] =>
  Array.from({ length: kind === 'Pod' ? times : 1 }, () => causes).flat();

/** What the API server's validation of an update finds; empty when it may be stored. */
export function updateCauses(before: KubeObject, after: KubeObject): readonly Cause[] {
  const immutable = IMMUTABLE.filter((key) => after.metadata[key] !== before.metadata[key]).map((key) =>
    invalid(`metadata.${key}`, String(after.metadata[key]), 'field is immutable'),
  );
  const podSpec =
    before.kind === 'Pod' && !isDeepStrictEqual(withoutMutable(before['spec']), withoutMutable(after['spec']))
      ? [{ field: 'spec', message: 'Forbidden: pod updates may not change fields other than a few' }]
      : [];
  return [
    ...repeated(before.kind, immutable, REPORTED.immutable),
    ...repeated(before.kind, labelCauses(after.metadata.labels ?? {}), REPORTED.labels),
    ...annotationCauses(after.metadata.annotations ?? {}),
    ...podSpec,
  ];
}
