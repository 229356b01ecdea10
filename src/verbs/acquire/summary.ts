import type { Shortfall } from './shortfall.ts';

const FROM_INSIDE = ['volatile.jsonl', 'files.tar'];

/** What the channel is told at the end: what was collected, and of what is missing the first reason and the next step. */
export const summary = (pod: string, container: string, shortfalls: readonly Shortfall[]): string => {
  const [first] = shortfalls;
  if (first === undefined) return `Evidence of ${container} in pod/${pod} was collected.`;
  const names = shortfalls.map(({ name }) => name);
  const same = shortfalls.every(({ why }) => why === first.why);
  const reason = `${same ? '' : `${first.name}: `}${first.why} ${first.next}`;
  return same && names.length === FROM_INSIDE.length && FROM_INSIDE.every((name) => names.includes(name))
    ? `Nothing from inside ${container} in pod/${pod} is whole, only logs and API objects. ${reason}`
    : `Not all of ${container} in pod/${pod} was collected; INCOMPLETE: ${names.join(', ')}. ${reason}`;
};
