import type { Kind } from './kind.ts';
import { kindNames, readKind } from './kind.ts';
import { LABEL_NAME, OBJECT_NAME } from './kubernetes-names.ts';
import { nearest } from './nearest.ts';
import type { Provider } from './provider.ts';
import { PROVIDERS } from './provider.ts';
import { readFlags } from './read-flags.ts';
import { joinWords, splitWords } from './split-words.ts';
import type { Arguments, Verb } from './verb.ts';

/** What a command may name: the verbs of this version and the clusters of this channel. */
export interface Vocabulary {
  readonly verbs: readonly Verb[];
  readonly clusters: readonly { readonly name: string; readonly provider: Provider }[];
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
  | { readonly kind: 'in force' }
  /** A link to an object of a run's evidence; without a name, all of them are offered. */
  | { readonly kind: 'download'; readonly run: string; readonly name?: string }
  | { readonly kind: 'help'; readonly verb?: Verb }
  | { readonly kind: 'clusters' }
  | { readonly kind: 'status'; readonly run?: string }
  | { readonly kind: 'cancel'; readonly run: string }
  /** The channel has several clusters and none was named. */
  | {
      readonly kind: 'which cluster';
      readonly options: readonly { readonly label: string; readonly command: string }[];
    }
  | { readonly kind: 'mistake'; readonly sentence: string; readonly example: string };

const WORDS = ['help', 'clusters', 'status', 'cancel'] as const;
const RUN_ID = /^FB-\d{4}-\d{4,}-\d+$/i;
const MAX_REASON_LENGTH = 500;

const didYouMean = (typed: string, words: readonly string[]): string => {
  const near = nearest(typed, words);
  return near === undefined ? '' : ` Did you mean \`${near}\`?`;
};

const mistake = (sentence: string, example: string): Parsed => ({ kind: 'mistake', sentence, example });

const exampleOf = (verb: Verb | undefined, cluster: string | undefined): string =>
  `/k8s ${verb?.name ?? 'inspect'} ${cluster === undefined ? '' : `${cluster} `}${verb?.kinds[0] ?? 'pod'}/checkout-5d -n payments`;

/**
 * Reads what was typed after `/k8s`. kubectl's conventions: `<verb> [provider] [cluster] <kind>/<name> [-n ns]
 * [-c container] [flags]`, flags anywhere after the verb. Never throws: a mistake comes back with the nearest right
 * spelling and a complete example.
 */
export const parseCommand = (text: string, { verbs, clusters }: Vocabulary): Parsed => {
  const firstCluster = clusters[0]?.name;
  const split = splitWords(text);
  if (split.kind === 'unclosed quote')
    return mistake(
      'A quote was opened and never closed.',
      `${exampleOf(undefined, firstCluster)} --reason "odd outbound traffic"`,
    );
  const [first, ...rest] = split.words;
  if (first === undefined) return { kind: 'help' };
  const word = WORDS.find((known) => known === first.toLowerCase());
  if (word === 'help') {
    const asked = rest[0]?.toLowerCase();
    const verb = verbs.find(({ name }) => name === asked);
    if (asked !== undefined && verb === undefined)
      return mistake(
        `There is no verb \`${asked}\`.${didYouMean(
          asked,
          verbs.map(({ name }) => name),
        )}`,
        '/k8s help',
      );
    return verb === undefined ? { kind: 'help' } : { kind: 'help', verb };
  }
  if (word === 'cancel')
    return rest[0] !== undefined && RUN_ID.test(rest[0])
      ? { kind: 'cancel', run: rest[0].toUpperCase() }
      : mistake('Say which run: its id stands on its card.', '/k8s cancel FB-2026-0007-1');
  if (word === 'status' && rest[0] !== undefined)
    return RUN_ID.test(rest[0])
      ? { kind: 'status', run: rest[0].toUpperCase() }
      : mistake(`\`${rest[0]}\` is not the id of a run.`, '/k8s status FB-2026-0007-1');
  if (word !== undefined) return { kind: word };

  const verb = verbs.find(({ name }) => name === first.toLowerCase());
  if (verb === undefined)
    return mistake(
      `There is no verb \`${first}\`.${didYouMean(first, [...verbs.map(({ name }) => name), ...WORDS])}`,
      exampleOf(
        verbs.find(
          ({ name }) =>
            name ===
            nearest(
              first,
              verbs.map((known) => known.name),
            ),
        ),
        firstCluster,
      ),
    );
  const example = exampleOf(verb, firstCluster);
  const flags = readFlags(rest, verb.flags);
  if (flags.kind === 'mistake') return mistake(flags.sentence, flags.example ?? example);

  const { positionals, positions, namespace, container, reason } = flags;
  const targetAt = positionals.findIndex((positional) => positional.includes('/'));
  if (targetAt === -1) {
    const bare = positionals.findIndex((positional) => readKind(positional) !== undefined);
    const [kind, name] = [positionals[bare], positionals[bare + 1]];
    return bare !== -1 && name !== undefined
      ? mistake(
          `Write the target as one word: \`${kind}/${name}\`.`,
          `/k8s ${joinWords([verb.name, ...asOneWord(rest, positions[bare], positions[bare + 1])])}`,
        )
      : mistake(`Say what to ${verb.name}: a ${verb.kinds.join(' or ')}.`, example);
  }
  const [kindWord = '', ...nameParts] = (positionals[targetAt] ?? '').split('/');
  const name = nameParts.join('/');
  const kind = readKind(kindWord.toLowerCase());
  if (kind === undefined)
    return mistake(`There is no kind \`${kindWord}\`.${didYouMean(kindWord, kindNames)}`, example);
  if (!verb.kinds.includes(kind))
    return mistake(`\`${verb.name}\` works on a ${verb.kinds.join(' or ')}, not on a ${kind}.`, example);
  if (!OBJECT_NAME.test(name))
    return mistake(
      `\`${name}\` can't be the name of a ${kind}: small letters, digits, \`-\` and \`.\`.`,
      example,
    );
  if (namespace !== undefined && !LABEL_NAME.test(namespace))
    return mistake(`\`${namespace}\` can't be a namespace: small letters, digits and \`-\`.`, example);
  if (container !== undefined && !LABEL_NAME.test(container))
    return mistake(`\`${container}\` can't be a container: small letters, digits and \`-\`.`, example);
  if (reason.length > MAX_REASON_LENGTH)
    return mistake(
      `The reason has ${reason.length} characters; ${MAX_REASON_LENGTH} is the most.`,
      `${example} --reason "…"`,
    );
  if (targetAt < positionals.length - 1)
    return mistake(
      `\`${positionals.slice(targetAt + 1).join(' ')}\` stands after the target; only flags may.`,
      example,
    );

  const before = positionals.slice(0, targetAt);
  const provider = PROVIDERS.find((known) => known === before[0]?.toLowerCase());
  const places = provider === undefined ? before : before.slice(1);
  if (places.length > 1) {
    const [typed = ''] = places;
    return mistake(`\`${typed}\` is not a provider.${didYouMean(typed, PROVIDERS)}`, example);
  }
  if (clusters.length === 0)
    return mistake('This channel has no clusters in the configuration.', '/k8s clusters');
  const candidates =
    provider === undefined ? clusters : clusters.filter((cluster) => cluster.provider === provider);
  const [typed] = places;
  const named = typed === undefined ? undefined : clusters.find((cluster) => cluster.name === typed);
  if (typed !== undefined && named === undefined)
    return mistake(
      `There is no cluster \`${typed}\` in this channel.${didYouMean(
        typed,
        clusters.map((cluster) => cluster.name),
      )} It has: ${clusters.map((cluster) => cluster.name).join(', ')}.`,
      example,
    );
  const left = candidates.length === 0 ? clusters : candidates;
  const only = left.length === 1 ? left[0] : undefined;
  const cluster = named ?? only;
  if (cluster === undefined)
    return {
      kind: 'which cluster',
      options: left.map((option) => ({
        label: `${option.name} (${option.provider})`,
        command: joinWords([verb.name, ...rest.toSpliced(positions[targetAt] ?? 0, 0, option.name)]),
      })),
    };
  const notes =
    provider !== undefined && provider !== cluster.provider
      ? [`${cluster.name} is a ${cluster.provider} cluster, not ${provider}: read as ${cluster.provider}.`]
      : [];
  return {
    kind: 'verb',
    verb,
    cluster: cluster.name,
    target: { kind, name },
    ...(namespace === undefined ? {} : { namespace }),
    ...(container === undefined ? {} : { container }),
    reason,
    arguments: flags.arguments,
    notes,
  };
};

/** `pod x` as `pod/x`, where the name stood. */
const asOneWord = (words: readonly string[], kindAt = 0, nameAt = 1): readonly string[] =>
  words.with(nameAt, `${words[kindAt]}/${words[nameAt]}`).toSpliced(kindAt, 1);
