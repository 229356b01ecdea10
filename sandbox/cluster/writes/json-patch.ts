import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { asList, asMap } from './json-tree.ts';

const pathSchema = z.string().regex(/^(?:\/[^/]*)*$/);
const operationSchema = z.discriminatedUnion('op', [
  z.object({ op: z.enum(['add', 'replace', 'test']), path: pathSchema, value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: pathSchema }),
  z.object({ op: z.enum(['move', 'copy']), path: pathSchema, from: pathSchema }),
]);
type Operation = z.infer<typeof operationSchema>;

/** A tree with one place in it changed; undefined where the place is not there. */
type Change = (place: Place) => Place | undefined;
interface Place {
  /** undefined: nothing is there. */
  readonly value: unknown;
}

/** RFC 6901: `~1` is a slash, `~0` a tilde. */
const tokensOf = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));

const INDEX = /^(?:0|[1-9]\d*)$/;

function at(tree: unknown, tokens: readonly string[]): unknown {
  let place = tree;
  for (const token of tokens) {
    const list = asList(place);
    place = list === undefined ? asMap(place)?.[token] : INDEX.test(token) ? list[Number(token)] : undefined;
  }
  return place;
}

function changed(tree: unknown, tokens: readonly string[], change: Change): Place | undefined {
  const [token, ...rest] = tokens;
  if (token === undefined) return change({ value: tree });
  const list = asList(tree);
  if (list !== undefined) {
    const index = INDEX.test(token) ? Number(token) : token === '-' && rest.length === 0 ? list.length : -1;
    if (index < 0 || index > list.length) return undefined;
    if (rest.length === 0) {
      const made = change({ value: list[index] });
      return made && { value: replaced(list, index, made) };
    }
    const below = changed(list[index], rest, change);
    return below && { value: list.with(index, below.value) };
  }
  const map = asMap(tree);
  if (map === undefined || (rest.length > 0 && !Object.hasOwn(map, token))) return undefined;
  const below = changed(map[token], rest, change);
  if (below === undefined) return undefined;
  const { [token]: _before, ...others } = map;
  return { value: below.value === undefined ? others : { ...map, [token]: below.value } };
}

const replaced = (list: readonly unknown[], index: number, { value }: Place): readonly unknown[] => {
  if (value === undefined) return list.toSpliced(index, 1);
  return value instanceof Inserted ? list.toSpliced(index, 0, value.item) : list.with(index, value);
};

/** In a list `add` moves the others on; in a map it replaces. */
class Inserted {
  readonly item: unknown;
  constructor(item: unknown) {
    this.item = item;
  }
}

const add = (tree: unknown, path: string, value: unknown): Place | undefined => {
  const tokens = tokensOf(path);
  const intoList = asList(at(tree, tokens.slice(0, -1))) !== undefined;
  return changed(tree, tokens, () => ({ value: intoList ? new Inserted(value) : value }));
};

const remove = (tree: unknown, path: string): Place | undefined =>
  changed(tree, tokensOf(path), ({ value }) => (value === undefined ? undefined : { value: undefined }));

function applied(tree: unknown, operation: Operation): Place | undefined {
  switch (operation.op) {
    case 'add':
      return add(tree, operation.path, operation.value);
    case 'replace':
      return changed(tree, tokensOf(operation.path), (place) =>
        place.value === undefined ? undefined : { value: operation.value },
      );
    case 'remove':
      return remove(tree, operation.path);
    case 'test':
      return isDeepStrictEqual(at(tree, tokensOf(operation.path)) ?? null, operation.value ?? null)
        ? { value: tree }
        : undefined;
    case 'copy':
    case 'move': {
      const value = at(tree, tokensOf(operation.from));
      if (value === undefined) return undefined;
      const taken = operation.op === 'move' ? remove(tree, operation.from) : { value: tree };
      return taken && add(taken.value, operation.path, value);
    }
  }
}

/** Applies a JSON Patch (RFC 6902). `no patch`: its text is none; `does not apply`: a place or a test fails. */
export function jsonPatch(target: unknown, patch: unknown): Place | 'no patch' | 'does not apply' {
  const operations = z.array(operationSchema).safeParse(patch);
  if (!operations.success) return 'no patch';
  let tree: unknown = target;
  for (const operation of operations.data) {
    const next = applied(tree, operation);
    if (next === undefined) return 'does not apply';
    tree = next.value;
  }
  return { value: tree };
}
