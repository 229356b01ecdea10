import type { Kind } from './kind.ts';
import { readKind } from './kind.ts';
import { joinWords, splitWords } from './split-words.ts';
import type { Verb } from './verb.ts';

/** The words of an example after `/k8s` and the verb. */
const wordsOf = (example: string): readonly string[] => {
  const split = splitWords(example);
  return split.kind === 'words' ? split.words.slice(2) : [];
};

const targetAt = (words: readonly string[]): number => words.findIndex((word) => word.includes('/'));

const kindOf = (example: string): Kind | undefined => {
  const words = wordsOf(example);
  return readKind(words[targetAt(words)]?.split('/')[0] ?? '');
};

/** An example of a verb as it would be typed in this channel: with its cluster, without a provider. */
export const fitExample = (
  example: string,
  verb: Pick<Verb, 'name'>,
  cluster: string | undefined,
): string => {
  const words = wordsOf(example);
  const at = targetAt(words);
  return at === -1
    ? example
    : `/k8s ${joinWords([verb.name, ...(cluster === undefined ? [] : [cluster]), ...words.slice(at)])}`;
};

/** A complete command of a verb, on the kind that was meant where the verb has an example of it. */
export const exampleOf = (
  verb: Pick<Verb, 'name' | 'examples'>,
  cluster: string | undefined,
  kind?: Kind,
): string => {
  const example = verb.examples.find((known) => kind !== undefined && kindOf(known) === kind);
  return fitExample(example ?? verb.examples[0] ?? `/k8s help ${verb.name}`, verb, cluster);
};
