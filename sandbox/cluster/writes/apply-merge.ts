import { type FieldPath, field, item } from './field-path.ts';
import type { FieldSet } from './field-set.ts';
import { stepsInto } from './fields-of.ts';
import { asList, asMap } from './json-tree.ts';
import { isAtomicMap, listTypeAt } from './list-type.ts';

/** The object with an applied configuration laid over it: maps and keyed lists are merged, sets united. */
export function applyMerge(live: unknown, applied: unknown, path: readonly string[] = []): unknown {
  const [old, now] = [asMap(live), asMap(applied)];
  if (now !== undefined) {
    if (old === undefined || isAtomicMap(path)) return applied;
    const merged = Object.entries(now).map(([key, value]) => [
      key,
      applyMerge(old[key], value, [...path, key]),
    ]);
    return { ...old, ...Object.fromEntries(merged) };
  }
  const [oldList, list] = [asList(live), asList(applied)];
  const type = listTypeAt(path);
  if (list === undefined || oldList === undefined || type.kind === 'atomic') return applied;
  if (type.kind === 'set') return [...oldList, ...list.filter((one) => !oldList.includes(one))];
  const wanted = new Map(list.map((one) => [item(one, type.keys), one]));
  const kept = oldList.map((one) => {
    const over = wanted.get(item(one, type.keys));
    wanted.delete(item(one, type.keys));
    return over === undefined ? one : applyMerge(one, over, path);
  });
  return [...kept, ...wanted.values()];
}

/** The object without these fields; what they leave empty goes too, when it is in the set. */
export function withoutFields(value: unknown, gone: FieldSet, path: FieldPath = []): unknown {
  const steps = stepsInto(value, path);
  if (gone.isEmpty || steps === undefined) return value;
  const isGone = (step: string): boolean => {
    const at = [...path, step];
    const below = stepsInto(steps.get(step), at);
    if (below === undefined || below.size === 0) return gone.has(at);
    return gone.has(at) && [...below.keys()].every((one) => inside(one, at, steps.get(step)));
  };
  const inside = (step: string, at: FieldPath, holder: unknown): boolean => {
    const here = [...at, step];
    const value = stepsInto(holder, at)?.get(step);
    const below = stepsInto(value, here);
    if (below === undefined || below.size === 0) return gone.has(here);
    return [...below.keys()].every((one) => inside(one, here, value));
  };
  const list = asList(value);
  if (list !== undefined)
    return [...steps]
      .filter(([step]) => !isGone(step))
      .map(([step, child]) => withoutFields(child, gone, [...path, step]));
  return Object.fromEntries(
    Object.entries(asMap(value) ?? {})
      .filter(([key]) => !isGone(field(key)))
      .map(([key, child]) => [key, withoutFields(child, gone, [...path, field(key)])]),
  );
}
