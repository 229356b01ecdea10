import { isDeepStrictEqual } from 'node:util';
import { asList, asMap, type JsonMap } from './json-tree.ts';
import { listTypeAt } from './list-type.ts';

const PRIMITIVES = '$deleteFromPrimitiveList/';

const withoutDirectives = (value: unknown): unknown => {
  const list = asList(value);
  if (list !== undefined)
    return list.filter((item) => asMap(item)?.['$patch'] === undefined).map(withoutDirectives);
  const map = asMap(value);
  if (map === undefined) return value;
  return Object.fromEntries(
    Object.entries(map)
      .filter(([key, item]) => !key.startsWith('$') && item !== null)
      .map(([key, item]) => [key, withoutDirectives(item)]),
  );
};

function mergeKeyed(
  before: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  path: readonly string[],
): readonly unknown[] {
  if (patch.some((item) => asMap(item)?.['$patch'] === 'replace'))
    return asList(withoutDirectives(patch)) ?? [];
  let result = [...before];
  for (const item of patch) {
    const id = asMap(item)?.[key];
    const index = result.findIndex((one) => isDeepStrictEqual(asMap(one)?.[key], id));
    if (asMap(item)?.['$patch'] === 'delete') {
      result = result.filter((_one, at) => at !== index);
    } else if (index < 0) result.push(withoutDirectives(item));
    else result[index] = strategicMergePatch(result[index], item, path);
  }
  return result;
}

function mergeList(before: unknown, patch: readonly unknown[], path: readonly string[]): unknown {
  const list = asList(before) ?? [];
  const type = listTypeAt(path);
  switch (type.kind) {
    case 'atomic':
      return withoutDirectives(patch);
    case 'set':
      return [...list, ...patch.filter((item) => !list.includes(item))];
    case 'keyed':
      return mergeKeyed(list, patch, type.keys[0] ?? '', path);
  }
}

function withDirectives(result: Record<string, unknown>, patch: JsonMap): void {
  const retained = asList(patch['$retainKeys']);
  if (retained !== undefined)
    for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(PRIMITIVES)) continue;
    const field = key.slice(PRIMITIVES.length);
    const gone = asList(value) ?? [];
    result[field] = (asList(result[field]) ?? []).filter((item) => !gone.includes(item));
  }
}

/**
 * A strategic merge patch: as a merge patch, but some lists are merged by a key, and `$patch`, `$retainKeys` and
 * `$deleteFromPrimitiveList` say more. An asked order of items is not kept.
 * Source: kubernetes/community, contributors/devel/sig-api-machinery/strategic-merge-patch.md.
 */
export function strategicMergePatch(target: unknown, patch: unknown, path: readonly string[] = []): unknown {
  const changes = asMap(patch);
  if (changes === undefined) return patch;
  if (changes['$patch'] === 'replace') return withoutDirectives(changes);
  if (changes['$patch'] === 'delete') return {};
  const result: Record<string, unknown> = { ...asMap(target) };
  withDirectives(result, changes);
  for (const [key, value] of Object.entries(changes)) {
    if (key.startsWith('$')) continue;
    const below = [...path, key];
    const list = asList(value);
    if (value === null) delete result[key];
    else if (list !== undefined) result[key] = mergeList(result[key], list, below);
    else result[key] = asMap(value) ? strategicMergePatch(result[key], value, below) : value;
  }
  return result;
}
