/** The plural under which an API server serves a kind, as its paths have it. */
export const resourceOf = (kind: string): string => {
  const served = kind === 'caliconetworkpolicy' ? 'networkpolicy' : kind;
  return served.endsWith('y') ? `${served.slice(0, -1)}ies` : `${served}s`;
};

/** By which path the ledger writes an object that is made or taken away as a whole. */
const WHOLE = '(object)';

export const isWhole = (path: readonly string[]): boolean => path.join('\0') === WHOLE;

/** `spec`, `ephemeralContainers`, and a name. */
export const isEphemeral = (path: readonly string[]): boolean =>
  path.length === 3 && path.slice(0, 2).join('.') === 'spec.ephemeralContainers';

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

const at = (value: unknown, key: string): unknown =>
  isTree(value) ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;

/** The container that a path names, as the object has it. */
export const ephemeralIn = (object: unknown, path: readonly string[]): unknown => {
  const list = at(at(object, 'spec'), 'ephemeralContainers');
  return Array.isArray(list) ? list.find((one: unknown) => at(one, 'name') === path.at(-1)) : undefined;
};

/** Whether all of `part` stands in `whole`; a server adds defaults, and leaves empty lists and objects out. */
export const contains = (whole: unknown, part: unknown): boolean => {
  if (!isTree(part)) return whole === part || (part === null && whole === undefined);
  if (Object.keys(part).length === 0) return whole === undefined || isTree(whole);
  if (Array.isArray(part) && (!Array.isArray(whole) || whole.length !== part.length)) return false;
  return Object.entries(part).every(([key, value]) => contains(at(whole, key), value));
};
