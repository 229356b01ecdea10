import type { FieldChange, FieldValue } from './change.ts';
import { isEphemeralPath, isObjectPath, isStructure, structureAt } from './structure.ts';

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;

/**
 * What stands in a field of an object as the API server sent it; `object` is undefined where there is none. A structure is
 * `expected` where all of that stands there. Throws TypeError where another structure stands.
 */
export const fieldAt = (
  object: unknown,
  path: readonly string[],
  expected: FieldValue = null,
): FieldValue => {
  if (isStructure(path)) return structureAt(object, path, expected);
  const value = path.reduce(at, object);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  throw new TypeError(`${path.join('.')} is no field with one value`);
};

/** The API server leaves `spec.unschedulable: false` out: absent and false are the same. */
export const sameValue = (one: FieldValue, other: FieldValue): boolean =>
  (one === false ? null : one) === (other === false ? null : other);

/** Whether this value stands in a field. */
export const stands = (object: unknown, path: readonly string[], value: FieldValue): boolean =>
  sameValue(fieldAt(object, path, value), value);

/** A field in words: `label quarantine`, `annotation firebreak.dev/run`, `spec.unschedulable`. */
export const fieldName = ({ path }: Pick<FieldChange, 'path'>): string => {
  const [root, part, key] = path;
  if (isObjectPath(path)) return 'the object';
  if (key !== undefined && isEphemeralPath(path)) return `ephemeral container ${key}`;
  if (root === 'metadata' && key !== undefined && part === 'labels') return `label ${key}`;
  if (root === 'metadata' && key !== undefined && part === 'annotations') return `annotation ${key}`;
  return path.join('.');
};

/** A value in words. */
export const valueText = (value: FieldValue): string =>
  value === null ? 'absent' : value === '' ? 'empty' : String(value);
