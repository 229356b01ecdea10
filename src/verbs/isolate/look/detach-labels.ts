import type { WantedField } from '../../../core/change.ts';
import { type LabelSelector, type Labels, selectorMatches } from '../../labels/label-selector.ts';
import { labelPath } from '../../labels/label-text.ts';

/** Who has to let go of the pod, and by what it is found. */
export interface Holder {
  readonly name: string;
  readonly selector: LabelSelector;
}

export type DetachLabels =
  | { readonly kind: 'removes'; readonly keys: readonly string[] }
  /** It would be selected still, whichever labels went: by an empty selector, or by `NotIn` and `DoesNotExist` alone. */
  | { readonly kind: 'impossible'; readonly holders: readonly string[] };

const without = (labels: Labels, key: string): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([one]) => one !== key));

/** The labels of which each alone makes the selector let go. */
const releasing = ({ selector }: Holder, labels: Labels): readonly string[] =>
  Object.keys(labels).filter((key) => !selectorMatches(selector, without(labels, key)));

/**
 * The fewest labels without which no holder selects the pod any more, and no others: whatever else selects by them, a
 * NetworkPolicy or a budget, lets go too. Of equal ones the label that most holders select by goes first, then by name.
 */
export const detachLabels = (labels: Labels, holders: readonly Holder[]): DetachLabels => {
  const selecting = holders.filter(({ selector }) => selectorMatches(selector, labels));
  const ways = selecting.map((holder) => ({ holder, keys: releasing(holder, labels) }));
  const stuck = ways.filter(({ keys }) => keys.length === 0);
  if (stuck.length > 0) return { kind: 'impossible', holders: stuck.map(({ holder }) => holder.name) };
  const keys: string[] = [];
  let left = ways;
  while (left.length > 0) {
    const counts = new Map<string, number>();
    for (const way of left) for (const key of way.keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    const [best] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    if (best === undefined) break;
    const [key] = best;
    keys.push(key);
    left = left.filter((way) => !way.keys.includes(key));
  }
  return { kind: 'removes', keys: keys.sort() };
};

/** What a detach writes: these labels are taken away. */
export const detachFields = (keys: readonly string[]): readonly WantedField[] =>
  keys.map((key) => ({ path: labelPath(key), value: null }));
