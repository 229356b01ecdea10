import { asMap } from './json-tree.ts';

/** A JSON Merge Patch (RFC 7386): objects are merged, `null` removes, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  const changes = asMap(patch);
  if (changes === undefined) return patch;
  const result: Record<string, unknown> = { ...asMap(target) };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
