import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

const operationSchema = z.object({
  op: z.enum(['add', 'remove', 'replace', 'test']),
  path: z.string().regex(/^(?:\/[^/]*)+$/),
  value: z.unknown(),
});
const treeSchema = z.record(z.string(), z.unknown());

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
const tokensOf = (path: string): readonly string[] =>
  path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

/**
 * The operations of a JSON Patch (RFC 6902) on members of objects; lists are replaced whole. A string is what the API
 * server says of a patch that does not apply.
 */
export function jsonPatch(target: unknown, patch: unknown): { readonly patched: unknown } | string {
  const operations = z.array(operationSchema).safeParse(patch);
  if (!operations.success) return 'json: cannot unmarshal the patch into jsonpatch.Patch';
  const patched: unknown = structuredClone(target);
  for (const { op, path, value } of operations.data) {
    const tokens = tokensOf(path);
    const leaf = tokens.at(-1) ?? '';
    let place = treeSchema.safeParse(patched).success ? (patched as Record<string, unknown>) : {};
    for (const token of tokens.slice(0, -1)) {
      const below = place[token];
      if (typeof below !== 'object' || below === null)
        return `${op} operation does not apply: doc is missing path: "${path}": missing value`;
      place = below as Record<string, unknown>;
    }
    const there = Object.hasOwn(place, leaf);
    if (op === 'test' && !isDeepStrictEqual(place[leaf], value))
      return `testing value ${path} failed: test failed`;
    if ((op === 'remove' || op === 'replace') && !there)
      return `${op} operation does not apply: doc is missing key: ${path}: missing value`;
    if (op === 'remove') delete place[leaf];
    if (op === 'add' || op === 'replace') place[leaf] = value;
  }
  return { patched };
}
