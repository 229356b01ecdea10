import { asMap } from './json-tree.ts';

const OBJECT = new Set([
  ...['apiVersion', 'kind', 'metadata', 'spec', 'status', 'data', 'stringData', 'binaryData', 'immutable'],
  ...['type', 'rules', 'roleRef', 'subjects', 'aggregationRule', 'secrets', 'imagePullSecrets', 'subsets'],
  ...['automountServiceAccountToken', 'addressType', 'endpoints', 'ports', 'involvedObject', 'reason'],
  ...['message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'eventTime', 'series', 'action'],
  ...['related', 'reportingComponent', 'reportingInstance'],
]);
const METADATA = new Set([
  ...['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation'],
  ...['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'labels', 'annotations'],
  ...['ownerReferences', 'finalizers', 'managedFields'],
]);
const NODE_SPEC = new Set([
  ...['podCIDR', 'podCIDRs', 'providerID', 'unschedulable', 'taints', 'configSource', 'externalID'],
]);

const beyond = (value: unknown, known: ReadonlySet<string>, prefix: string): readonly string[] =>
  Object.keys(asMap(value) ?? {})
    .filter((key) => !known.has(key))
    .map((key) => `${prefix}${key}`);

/**
 * Fields that no object has: at the top, in metadata and in a node's spec. A real server knows the schema of all; other
 * places are not looked at.
 */
function unknownFields(value: unknown): readonly string[] {
  const object = asMap(value);
  return [
    ...beyond(value, OBJECT, ''),
    ...beyond(object?.['metadata'], METADATA, 'metadata.'),
    ...(object?.['kind'] === 'Node' ? beyond(object['spec'], NODE_SPEC, 'spec.') : []),
  ];
}

/** The object as it is kept: without them. */
function withoutUnknownFields(value: unknown): unknown {
  const drop = (part: unknown, known: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(asMap(part) ?? {}).filter(([key]) => known.has(key)));
  const object = drop(value, OBJECT);
  return {
    ...object,
    ...('metadata' in object ? { metadata: drop(object['metadata'], METADATA) } : {}),
    ...(object['kind'] === 'Node' && 'spec' in object ? { spec: drop(object['spec'], NODE_SPEC) } : {}),
  };
}

export interface CheckedFields {
  readonly value: unknown;
  /** One for each unknown field, where it is told and not refused. */
  readonly warnings: readonly string[];
}

/** By `fieldValidation`: unknown fields are dropped, dropped with a warning, or make an error, given as its text. */
export function checkFields(value: unknown, mode: 'Ignore' | 'Warn' | 'Strict'): CheckedFields | string {
  const said = unknownFields(value).map((one) => `unknown field ${JSON.stringify(one)}`);
  if (said.length === 0) return { value, warnings: [] };
  if (mode === 'Strict') return `strict decoding error: ${said.join(', ')}`;
  return { value: withoutUnknownFields(value), warnings: mode === 'Warn' ? said : [] };
}
