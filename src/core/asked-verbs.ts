import type { ClusterEntry } from './cluster-entry.ts';
import type { Arguments, Verb } from './verb.ts';

/**
 * The verbs whose rules count for a command: its own, that of what it ends, since ending something needs what beginning it
 * needed at least, and those of all that it stands for.
 */
export const askedVerbs = (
  { name, counterpart, standsFor }: Pick<Verb, 'name' | 'counterpart' | 'standsFor'>,
  entry: ClusterEntry,
  given: Arguments,
): readonly [string, ...string[]] => [
  name,
  ...(counterpart === undefined ? [] : [counterpart]),
  ...(standsFor?.(entry, given) ?? []),
];
