import { isDeepStrictEqual } from 'node:util';
import { type FieldPath, field, item, member, names } from './field-path.ts';
import { FieldSet } from './field-set.ts';
import { asList, asMap } from './json-tree.ts';
import { isAtomicMap, listTypeAt } from './list-type.ts';

/** Of these nobody is the manager: the API server keeps them, or they are the object's name. */
const NOT_MANAGED = new Set(['apiVersion', 'kind']);
const NOT_MANAGED_METADATA = new Set([
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields'],
  ...['selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds'],
]);

const isManaged = (path: FieldPath, key: string): boolean =>
  path.length === 0
    ? !NOT_MANAGED.has(key)
    : !(path.length === 1 && path[0] === 'f:metadata' && NOT_MANAGED_METADATA.has(key));

/** The next steps into a value with what is there; undefined where it is taken as one value. */
export function stepsInto(value: unknown, path: FieldPath): ReadonlyMap<string, unknown> | undefined {
  const at = names(path);
  const list = asList(value);
  if (list !== undefined) {
    const type = listTypeAt(at);
    if (type.kind === 'atomic') return undefined;
    if (type.kind === 'set') return new Map(list.map((one) => [member(one), one]));
    return new Map(list.map((one) => [item(one, type.keys), one]));
  }
  const map = asMap(value);
  if (map === undefined || isAtomicMap(at)) return undefined;
  return new Map(
    Object.entries(map)
      .filter(([key]) => isManaged(path, key))
      .map(([key, one]) => [field(key), one]),
  );
}

/** What an applied configuration names: its leaves, and the items of its lists. */
export function fieldsOf(value: unknown, path: FieldPath = []): FieldSet {
  const steps = stepsInto(value, path);
  const isItem = path.at(-1)?.startsWith('k:') ?? false;
  const isHolder = path.length === 0 || (path.length === 1 && path[0] === 'f:metadata');
  const own = !isHolder && (steps === undefined || steps.size === 0 || isItem) ? [path] : [];
  const below = [...(steps ?? [])].flatMap(([step, child]) => fieldsOf(child, [...path, step]).paths);
  return new FieldSet([...own, ...below]);
}

/** All that is in a value that came or went: its leaves, and whatever holds them below metadata, spec and status. */
function whole(value: unknown, path: FieldPath): readonly FieldPath[] {
  const steps = stepsInto(value, path);
  const own = path.length > 1 || steps === undefined ? [path] : [];
  return [...own, ...[...(steps ?? [])].flatMap(([step, child]) => whole(child, [...path, step]))];
}

export interface Difference {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Which fields an update wrote or took away. */
export function difference(before: unknown, after: unknown, path: FieldPath = []): Difference {
  const changed: FieldPath[] = [];
  const removed: FieldPath[] = [];
  const walk = (old: unknown, now: unknown, at: FieldPath): void => {
    if (isDeepStrictEqual(old, now)) return;
    const [oldSteps, nowSteps] = [stepsInto(old, at), stepsInto(now, at)];
    if (old === undefined) changed.push(...whole(now, at));
    else if (now === undefined) removed.push(...whole(old, at));
    else if (oldSteps === undefined || nowSteps === undefined) changed.push(at);
    else
      for (const step of new Set([...oldSteps.keys(), ...nowSteps.keys()]))
        walk(oldSteps.get(step), nowSteps.get(step), [...at, step]);
  };
  walk(before, after, path);
  return { changed: new FieldSet(changed), removed: new FieldSet(removed) };
}
