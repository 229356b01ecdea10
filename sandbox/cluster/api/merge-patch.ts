import { z } from 'zod';

const objectSchema = z.record(z.string(), z.unknown());

const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  objectSchema.safeParse(value).data;

/**
 * A JSON Merge Patch (RFC 7386): objects are merged, `null` removes, anything else replaces. A strategic merge patch of
 * maps alone is the same.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  const changes = asObject(patch);
  if (changes === undefined) return patch;
  const result: Record<string, unknown> = { ...asObject(target) };
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
