import { chooseCluster, type NamedCluster } from './choose-cluster.ts';
import { exampleOf, fitExample } from './example-of.ts';
import type { Kind } from './kind.ts';
import { didYouMean, type Mistake, mistake } from './mistake.ts';
import { nearest } from './nearest.ts';
import { parseWord, readRunId, WORD_EXAMPLES, WORDS, type WordCommand } from './parse-word.ts';
import { type ReadFlags, readFlags } from './read-flags.ts';
import { readSubject } from './read-subject.ts';
import { joinWords, splitWords } from './split-words.ts';
import type { Arguments, Verb } from './verb.ts';

/** What a command may name: the verbs of this version and the clusters of this channel. */
export interface Vocabulary {
  readonly verbs: readonly Verb[];
  readonly clusters: readonly NamedCluster[];
}

export interface VerbCommand {
  readonly kind: 'verb';
  readonly verb: Verb;
  readonly cluster: string;
  readonly target: { readonly kind: Kind; readonly name: string };
  readonly namespace?: string;
  readonly container?: string;
  readonly reason: string;
  readonly arguments: Arguments;
  /** What was corrected, for the card. */
  readonly notes: readonly string[];
}

/** A verb that is said of an earlier run. */
export interface VerbOnRunCommand {
  readonly kind: 'verb on run';
  readonly verb: Verb;
  readonly run: string;
  readonly reason: string;
  readonly arguments: Arguments;
  readonly notes: readonly string[];
}

export type Parsed =
  | VerbCommand
  | VerbOnRunCommand
  | WordCommand
  /** The channel has several clusters and none was named. */
  | {
      readonly kind: 'which cluster';
      readonly options: readonly { readonly label: string; readonly command: string }[];
    }
  | Mistake;

const MAX_REASON_LENGTH = 500;

/**
 * Reads what was typed after `/k8s`. kubectl's conventions: `<verb> [provider] [cluster] <kind>/<name> [operands]
 * [-n ns] [-c container] [flags]`, flags anywhere after the verb; `<verb> <run>` for a verb that is said of a run. Never
 * throws: a mistake comes back with the nearest right spelling and a complete example.
 */
export const parseCommand = (text: string, { verbs, clusters }: Vocabulary): Parsed => {
  const firstCluster = clusters[0]?.name;
  const split = splitWords(text);
  if (split.kind === 'unclosed quote')
    return mistake('A quote was opened and never closed.', quoteExample(text, verbs, firstCluster));
  const [first, ...rest] = split.words;
  if (first === undefined) return { kind: 'help' };
  const word = WORDS.find((known) => known === first.toLowerCase());
  if (word !== undefined) return parseWord(word, rest, { verbs, clusters });
  const verb = verbs.find(({ name }) => name === first.toLowerCase());
  if (verb === undefined) return noSuchVerb(first, verbs, firstCluster);

  const example = exampleOf(verb, firstCluster);
  const flags = readFlags(rest, verb);
  if (flags.kind === 'mistake')
    return mistake(
      flags.sentence,
      flags.example === undefined ? example : fitExample(flags.example, verb, firstCluster),
    );
  if (flags.reason.length > MAX_REASON_LENGTH)
    return mistake(
      `The reason has ${flags.reason.length} characters; ${MAX_REASON_LENGTH} is the most.`,
      example,
    );
  return verb.takes === 'run' ? onRun(verb, flags, example) : onObject(verb, rest, flags, clusters);
};

const onObject = (
  verb: Verb,
  words: readonly string[],
  flags: Extract<ReadFlags, { readonly kind: 'read' }>,
  clusters: readonly NamedCluster[],
): Parsed => {
  const subject = readSubject(verb, words, flags, clusters[0]?.name);
  if (subject.kind === 'mistake') return subject;
  const { target, position, before, operands } = subject;
  const chosen = chooseCluster(before, clusters, exampleOf(verb, clusters[0]?.name, target.kind));
  if (chosen.kind === 'mistake') return chosen;
  if (chosen.kind === 'several')
    return {
      kind: 'which cluster',
      options: chosen.clusters.map(({ name, provider }) => ({
        label: `${name} (${provider})`,
        command: joinWords([verb.name, ...words.toSpliced(position, 0, name)]),
      })),
    };
  const { namespace, container, reason } = flags;
  return {
    kind: 'verb',
    verb,
    cluster: chosen.cluster.name,
    target,
    ...(namespace === undefined ? {} : { namespace }),
    ...(container === undefined ? {} : { container }),
    reason,
    arguments: {
      ...flags.arguments,
      ...(verb.operands === undefined || operands.length === 0 ? {} : { [verb.operands.argument]: operands }),
    },
    notes: chosen.notes,
  };
};

const onRun = (
  verb: Verb,
  { positionals, namespace, container, reason, arguments: given }: Extract<ReadFlags, { kind: 'read' }>,
  example: string,
): Parsed => {
  const [typed, ...more] = positionals;
  const run = readRunId(typed);
  if (typed === undefined)
    return mistake(`Say which run to ${verb.name}: its id stands on its card and in \`in-force\`.`, example);
  if (run === undefined)
    return mistake(`\`${typed}\` is not the id of a run, and \`${verb.name}\` takes nothing else.`, example);
  if (more.length > 0)
    return mistake(
      `\`${more.join(' ')}\` stands after the run; \`${verb.name}\` takes one run, whole.`,
      example,
    );
  if (namespace !== undefined || container !== undefined)
    return mistake(
      `The run says where it was: leave \`${namespace === undefined ? '-c' : '-n'}\` out.`,
      example,
    );
  return { kind: 'verb on run', verb, run, reason, arguments: given, notes: [] };
};

const noSuchVerb = (typed: string, verbs: readonly Verb[], cluster: string | undefined): Mistake => {
  const known = [...verbs.map(({ name }) => name), ...WORDS];
  const near = nearest(typed, known);
  const word = WORDS.find((one) => one === near);
  const verb = verbs.find(({ name }) => name === near) ?? verbs[0];
  const example = verb === undefined ? WORD_EXAMPLES.help : exampleOf(verb, cluster);
  return mistake(
    `There is no verb \`${typed}\`.${didYouMean(typed, known)}`,
    word === undefined ? example : WORD_EXAMPLES[word],
  );
};

/** Of the verb that was begun, with a quote that is closed. */
const quoteExample = (text: string, verbs: readonly Verb[], cluster: string | undefined): string => {
  const begun = text.trim().split(/\s/u)[0]?.toLowerCase();
  const verb = verbs.find(({ name }) => name === begun) ?? verbs[0];
  if (verb === undefined) return WORD_EXAMPLES.help;
  const example = exampleOf(verb, cluster);
  return example.includes('--reason') ? example : `${example} --reason "odd outbound traffic"`;
};
