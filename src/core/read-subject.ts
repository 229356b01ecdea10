import { exampleOf } from './example-of.ts';
import { KINDS, type Kind, kindNames, readKind } from './kind.ts';
import { LABEL_NAME, OBJECT_NAME } from './kubernetes-names.ts';
import { didYouMean, type Mistake, mistake } from './mistake.ts';
import type { ReadFlags } from './read-flags.ts';
import { joinWords } from './split-words.ts';
import type { Verb } from './verb.ts';

interface Subject {
  readonly kind: 'subject';
  readonly target: { readonly kind: Kind; readonly name: string };
  /** Where it stands among the words after the verb. */
  readonly position: number;
  /** What stands before it: a provider, a cluster. */
  readonly before: readonly string[];
  /** What stands after it, read; empty where the verb takes nothing there. */
  readonly operands: readonly string[];
}

/** How kinds are listed in a sentence: `pod, node or deployment`. */
const either = (kinds: readonly Kind[]): string =>
  kinds.length < 2 ? kinds.join('') : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;

/** Finds the object that a verb is said of, and what stands around it. `words` are those after the verb. */
export const readSubject = (
  verb: Verb,
  words: readonly string[],
  flags: Extract<ReadFlags, { readonly kind: 'read' }>,
  cluster: string | undefined,
): Subject | Mistake => {
  const { positionals, positions } = flags;
  const example = exampleOf(verb, cluster);
  const targetAt = positionals.findIndex((positional) => positional.includes('/'));
  const bare = positionals.findIndex((positional) => readKind(positional) !== undefined);
  const [bareKind, bareName] = [positionals[bare], positionals[bare + 1]];
  if (bareKind !== undefined && bareName !== undefined && (targetAt === -1 || bare + 1 < targetAt))
    return mistake(
      `Write the target as one word: \`${bareKind}/${bareName}\`.`,
      `/k8s ${joinWords([verb.name, ...asOneWord(words, positions[bare], positions[bare + 1])])}`,
    );
  if (targetAt === -1) return mistake(`Say what to ${verb.name}: a ${either(verb.kinds)}.`, example);
  const [kindWord = '', ...nameParts] = (positionals[targetAt] ?? '').split('/');
  const name = nameParts.join('/');
  const kind = readKind(kindWord.toLowerCase());
  if (kind === undefined)
    return mistake(`There is no kind \`${kindWord}\`.${didYouMean(kindWord, kindNames)}`, example);
  if (!verb.kinds.includes(kind))
    return mistake(`\`${verb.name}\` works on a ${either(verb.kinds)}, not on a ${kind}.`, example);
  if (!OBJECT_NAME.test(name))
    return mistake(
      `\`${name}\` can't be the name of a ${kind}: small letters, digits, \`-\` and \`.\`.`,
      exampleOf(verb, cluster, kind),
    );
  const wrongPlace = placeMistake(verb, kind, flags);
  if (wrongPlace !== undefined) return mistake(wrongPlace, exampleOf(verb, cluster, kind));
  const early = positionals.slice(0, targetAt).find((word) => word.includes('='));
  if (early !== undefined && verb.operands !== undefined)
    return mistake(`\`${early}\` goes after the target.`, exampleOf(verb, cluster, kind));
  const operands = readOperands(verb, positionals.slice(targetAt + 1));
  if (operands.kind === 'mistake') return mistake(operands.sentence, exampleOf(verb, cluster, kind));
  return {
    kind: 'subject',
    target: { kind, name },
    position: positions[targetAt] ?? 0,
    before: positionals.slice(0, targetAt),
    operands: operands.read,
  };
};

/** What is wrong with `-n` and `-c`, in one sentence. */
const placeMistake = (
  verb: Verb,
  kind: Kind,
  { namespace, container }: { readonly namespace?: string; readonly container?: string },
): string | undefined => {
  if (namespace !== undefined && KINDS[kind].scope === 'cluster')
    return `A ${kind} lies outside every namespace: leave \`-n\` out.`;
  if (namespace !== undefined && !LABEL_NAME.test(namespace))
    return `\`${namespace}\` can't be a namespace: small letters, digits and \`-\`.`;
  if (container !== undefined && verb.container === 'none')
    return `\`${verb.name}\` is said of a whole ${kind}, not of a container: leave \`-c\` out.`;
  if (container !== undefined && !LABEL_NAME.test(container))
    return `\`${container}\` can't be a container: small letters, digits and \`-\`.`;
  return undefined;
};

type ReadOperands =
  | { readonly kind: 'read'; readonly read: readonly string[] }
  | { readonly kind: 'mistake'; readonly sentence: string };

const readOperands = ({ name, operands }: Verb, typed: readonly string[]): ReadOperands => {
  if (operands === undefined)
    return typed.length === 0
      ? { kind: 'read', read: [] }
      : { kind: 'mistake', sentence: `\`${typed.join(' ')}\` stands after the target; only flags may.` };
  if (typed.length === 0 && operands.needed === 'at least one')
    return {
      kind: 'mistake',
      sentence: `Say what to ${name} after the target: ${operands.placeholder}, once or several times.`,
    };
  const read: string[] = [];
  for (const word of typed) {
    const one = operands.read.safeParse(word);
    if (!one.success)
      return {
        kind: 'mistake',
        sentence: `\`${word}\` can't be used: ${one.error.issues[0]?.message ?? `${operands.placeholder} is expected`}.`,
      };
    read.push(one.data);
  }
  return { kind: 'read', read };
};

/** `pod x` as `pod/x`, where the name stood. */
const asOneWord = (words: readonly string[], kindAt = 0, nameAt = 1): readonly string[] =>
  words.with(nameAt, `${words[kindAt]}/${words[nameAt]}`).toSpliced(kindAt, 1);
