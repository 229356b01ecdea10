import type { KubeObject } from '../api/kube-object.ts';
import { type FieldError, invalidValue, tooLong } from './field-error.ts';

const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const NAME_PART = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const PREFIX = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const LONGEST_LABEL = 63;
const LONGEST_PREFIX = 253;
const ANNOTATIONS_BYTES = 256 * 1024;

const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const PREFIX_RULE =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SHAPE_RULE =
  "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";

const keyErrors = (field: string, key: string): readonly FieldError[] => {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const rules = [
    ...(parts.length > 2 ? [SHAPE_RULE] : []),
    ...(prefix === '' ? ['prefix part must be non-empty'] : []),
    ...(prefix !== undefined && prefix !== '' && !PREFIX.test(prefix) ? [PREFIX_RULE] : []),
    ...((prefix?.length ?? 0) > LONGEST_PREFIX
      ? [`prefix part must be no more than ${LONGEST_PREFIX} bytes`]
      : []),
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...(name.length > LONGEST_LABEL ? [`name part must be no more than ${LONGEST_LABEL} bytes`] : []),
    ...(NAME_PART.test(name) ? [] : [KEY_RULE]),
  ];
  return rules.map((rule) => invalidValue(field, key, rule));
};

/** Source: k8s.io/apimachinery, pkg/util/validation: IsQualifiedName, IsValidLabelValue. */
export const labelErrors = (labels: Readonly<Record<string, string>>): readonly FieldError[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...keyErrors('metadata.labels', key),
    ...(value.length > LONGEST_LABEL
      ? [invalidValue('metadata.labels', value, `must be no more than ${LONGEST_LABEL} bytes`)]
      : []),
    ...(LABEL_VALUE.test(value) ? [] : [invalidValue('metadata.labels', value, VALUE_RULE)]),
  ]);

/** Keys may be written in any case; keys and values together have a limit. */
export const annotationErrors = (annotations: Readonly<Record<string, string>>): readonly FieldError[] => {
  const field = 'metadata.annotations';
  const entries = Object.entries(annotations);
  const bytes = entries.reduce((sum, parts) => sum + Buffer.byteLength(parts.join('')), 0);
  return [
    ...entries.flatMap(([key]) => keyErrors(field, key.toLowerCase())),
    ...(bytes > ANNOTATIONS_BYTES ? [tooLong(field, ANNOTATIONS_BYTES)] : []),
  ];
};

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Names of RBAC may be written more freely. */
export const nameErrors = ({ apiVersion, metadata: { name } }: KubeObject): readonly FieldError[] =>
  PREFIX.test(name) || (apiVersion.startsWith('rbac.') && name !== '')
    ? []
    : [invalidValue('metadata.name', name, SUBDOMAIN_RULE)];
