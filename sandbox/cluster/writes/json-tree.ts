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

/** The maps in a JSON list; none when it is no list. */
export const mapsIn = (value: unknown): readonly JsonMap[] =>
  (asList(value) ?? []).map(asMap).filter((one) => one !== undefined);
