export interface JsonMap {
  readonly [key: string]: unknown;
}

/** A JSON value as a map; undefined when it is a list, a scalar or null. */
export const asMap = (value: unknown): JsonMap | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;

export const asList = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value : undefined;
