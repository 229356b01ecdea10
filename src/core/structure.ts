import type { FieldValue } from './change.ts';

/** The object itself, for a write that makes or removes it. No field of Kubernetes has a bracket in its name. */
export const OBJECT_PATH: readonly string[] = ['(object)'];

export const isObjectPath = (path: readonly string[]): boolean =>
  path.length === 1 && path[0] === OBJECT_PATH[0];

const EPHEMERAL = ['spec', 'ephemeralContainers'] as const;

/** One ephemeral container, by its name. */
export const ephemeralPath = (name: string): readonly string[] => [...EPHEMERAL, name];

export const isEphemeralPath = (path: readonly string[]): boolean =>
  path.length === 3 && EPHEMERAL.every((part, index) => path[index] === part);

/** Whether a path names something with parts, which is written and compared as a whole, as JSON text. */
export const isStructure = (path: readonly string[]): boolean => isObjectPath(path) || isEphemeralPath(path);

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isEmpty = (value: unknown): boolean => isTree(value) && Object.keys(value).length === 0;

/**
 * Fields whose `false` a server leaves out, as it does where nothing was said; of any other, `false` is told from absent.
 * Source: k8s.io/api, core/v1/types.go, fields of type bool with `omitempty`.
 */
const FALSE_LEFT_OUT = new Set([
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
]);

/**
 * Whether what is wanted stands there. A server adds fields with defaults, and leaves empty structures and null out. It
 * adds none to a selector: there a further term would select something else.
 */
const holds = (there: unknown, wanted: unknown, extent: 'exactly' | 'with more'): boolean => {
  if (wanted === null) return there === undefined || there === null;
  if (isEmpty(wanted))
    return (
      there === undefined ||
      isEmpty(there) ||
      (extent === 'with more' && isTree(there) && !Array.isArray(wanted))
    );
  if (!isTree(wanted)) return there === wanted;
  if (!isTree(there) || Array.isArray(there) !== Array.isArray(wanted)) return false;
  if (
    (Array.isArray(wanted) || extent === 'exactly') &&
    Object.keys(there).length !== Object.keys(wanted).length
  )
    return false;
  return Object.entries(wanted).every(([key, one]) => {
    const stands = Object.hasOwn(there, key) ? Reflect.get(there, key) : undefined;
    if (one === false && stands === undefined && FALSE_LEFT_OUT.has(key)) return true;
    return holds(stands, one, /selector$/iu.test(key) ? 'exactly' : extent);
  });
};

const partOf = (object: unknown, path: readonly string[]): unknown => {
  if (isObjectPath(path)) return object;
  const name = path.at(-1);
  const list = EPHEMERAL.reduce<unknown>(
    (at, key) => (isTree(at) ? Reflect.get(at, key) : undefined),
    object,
  );
  return Array.isArray(list)
    ? list.find((one: unknown) => isTree(one) && Reflect.get(one, 'name') === name)
    : undefined;
};

/**
 * What stands in a structure's place: `null` where there is none, `expected` where all of it stands there, else the JSON
 * text of what does.
 */
export const structureAt = (object: unknown, path: readonly string[], expected: FieldValue): FieldValue => {
  const there = partOf(object, path);
  if (there === undefined || there === null) return null;
  return typeof expected === 'string' && holds(there, JSON.parse(expected), 'with more')
    ? expected
    : JSON.stringify(there);
};
