import type { FieldChange, FieldValue } from './change.ts';

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

/** What stands in a field of an object as the API server sent it. Throws TypeError where a whole structure stands. */
export const fieldAt = (object: unknown, path: readonly string[]): FieldValue => {
  const value = path.reduce(at, object);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  throw new TypeError(`${path.join('.')} is no field with one value`);
};

/** The API server leaves `spec.unschedulable: false` out: absent and false are the same. */
export const sameValue = (one: FieldValue, other: FieldValue): boolean =>
  (one === false ? null : one) === (other === false ? null : other);

/** A field in words: `label quarantine`, `annotation firebreak.dev/run`, `spec.unschedulable`. */
export const fieldName = ({ path }: Pick<FieldChange, 'path'>): string => {
  const [root, part, key] = path;
  if (root === 'metadata' && key !== undefined && part === 'labels') return `label ${key}`;
  if (root === 'metadata' && key !== undefined && part === 'annotations') return `annotation ${key}`;
  return path.join('.');
};

/** A value in words. */
export const valueText = (value: FieldValue): string =>
  value === null ? 'absent' : value === '' ? 'empty' : String(value);
