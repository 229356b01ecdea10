import { asMap, type JsonMap } from './json-tree.ts';

/** A step into an object, as FieldsV1 writes it: `f:name`, `k:{"name":"app"}` or `v:"finalizer"`. */
export type FieldPath = readonly string[];

export const field = (name: string): string => `f:${name}`;
export const member = (value: unknown): string => `v:${JSON.stringify(value)}`;

/** The step to an item of a keyed list. A port that names no protocol is one of TCP. */
export function item(value: unknown, keys: readonly string[]): string {
  const map = asMap(value) ?? {};
  const named = keys
    .toSorted()
    .map((key) => [key, map[key] ?? (key === 'protocol' ? 'TCP' : undefined)] as const);
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

/** Names of fields alone, by which list types are looked up. */
export const names = (path: FieldPath): readonly string[] =>
  path.filter((step) => step.startsWith('f:')).map((step) => step.slice(2));

const keysText = (keys: JsonMap): string =>
  Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',');

/** As conflicts name it: `.spec.containers[name="app"].image`. */
export const pathText = (path: FieldPath): string =>
  path
    .map((step) => {
      const rest = step.slice(2);
      if (step.startsWith('f:')) return `.${rest}`;
      return step.startsWith('k:') ? `[${keysText(asMap(JSON.parse(rest)) ?? {})}]` : `[=${rest}]`;
    })
    .join('');
