import type { WantedField } from '../../core/change.ts';
import { pathKey } from '../../core/marks.ts';
import { listed } from '../changes/change-words.ts';
import { HOLDING, HOLDS, UNSCHEDULABLE_PATH } from './holds.ts';

/** What happens to a node when what kept it is taken away, for the card. */
export const setFree = (fields: readonly WantedField[]): readonly string[] => {
  const wanted = (path: readonly string[]) =>
    fields.find((field) => pathKey(field.path) === pathKey(path))?.value;
  const schedulable = wanted(UNSCHEDULABLE_PATH);
  const free = HOLDS.filter(({ path }) => {
    const value = wanted(path);
    return value !== undefined && value !== HOLDING;
  }).map(({ autoscaler }) => autoscaler);
  return [
    ...(schedulable === null || schedulable === false ? ['New pods may come to the node.'] : []),
    ...(free.length === 0
      ? []
      : [`${listed(free)} may take the node away, and with it everything that is on it.`]),
  ];
};
