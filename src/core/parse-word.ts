import { chooseCluster, type NamedCluster } from './choose-cluster.ts';
import { didYouMean, type Mistake, mistake } from './mistake.ts';
import type { Verb } from './verb.ts';

/** What is no verb: it reads what Firebreak knows, or stops a run. */
export type WordCommand =
  | { readonly kind: 'in force' }
  /** A link to an object of a run's evidence; without a name, all of them are offered. */
  | { readonly kind: 'download'; readonly run: string; readonly name?: string }
  | { readonly kind: 'help'; readonly verb?: Verb }
  | { readonly kind: 'clusters' }
  /** Whether what this channel may do would work: on one of its clusters, or on all of them. */
  | { readonly kind: 'check'; readonly cluster?: string }
  | { readonly kind: 'status'; readonly run?: string }
  | { readonly kind: 'cancel'; readonly run: string };

export const WORDS = ['help', 'clusters', 'check', 'status', 'cancel', 'in-force', 'download'] as const;
type Word = (typeof WORDS)[number];

/** A complete command of each. */
export const WORD_EXAMPLES: Readonly<Record<Word, string>> = {
  help: '/k8s help',
  clusters: '/k8s clusters',
  check: '/k8s check',
  status: '/k8s status FB-2026-0007-1',
  cancel: '/k8s cancel FB-2026-0007-1',
  'in-force': '/k8s in-force',
  download: '/k8s download FB-2026-0007-1 files.tar',
};

const RUN_ID = /^FB-\d{4}-\d{4,}-\d+$/i;

/** Reads the id of a run, `FB-2026-0007-1`, in capitals; undefined for anything else. */
export const readRunId = (typed: string | undefined): string | undefined =>
  typed !== undefined && RUN_ID.test(typed) ? typed.toUpperCase() : undefined;

/** What stands after one of the words. */
export const parseWord = (
  word: Word,
  rest: readonly string[],
  { verbs, clusters }: { readonly verbs: readonly Verb[]; readonly clusters: readonly NamedCluster[] },
): WordCommand | Mistake => {
  const [typed] = rest;
  const run = readRunId(typed);
  switch (word) {
    case 'help':
      return typed === undefined ? { kind: 'help' } : helpOn(typed.toLowerCase(), verbs);
    case 'clusters':
      return { kind: 'clusters' };
    case 'check':
      return rest.length === 0 ? { kind: 'check' } : checkOf(rest, clusters);
    case 'in-force':
      return { kind: 'in force' };
    case 'status':
      if (typed === undefined) return { kind: 'status' };
      return run === undefined
        ? mistake(`\`${typed}\` is not the id of a run.`, WORD_EXAMPLES.status)
        : { kind: 'status', run };
    case 'cancel':
      return run === undefined
        ? mistake('Say which run: its id stands on its card.', WORD_EXAMPLES.cancel)
        : { kind: 'cancel', run };
    case 'download': {
      if (run === undefined)
        return mistake('Say whose evidence: the id of a run stands on its card.', WORD_EXAMPLES.download);
      const name = rest.slice(1).join(' ');
      return name === '' ? { kind: 'download', run } : { kind: 'download', run, name };
    }
  }
};

/** `check [provider] <cluster>`, as they stand before a target. */
const checkOf = (rest: readonly string[], clusters: readonly NamedCluster[]): WordCommand | Mistake => {
  const [first] = clusters;
  const example = first === undefined ? WORD_EXAMPLES.check : `${WORD_EXAMPLES.check} ${first.name}`;
  const chosen = chooseCluster(rest, clusters, example);
  switch (chosen.kind) {
    case 'chosen':
      return { kind: 'check', cluster: chosen.cluster.name };
    case 'several':
      return mistake('Say which cluster, or none to check all of this channel.', example);
    case 'mistake':
      return chosen;
  }
};

const helpOn = (asked: string, verbs: readonly Verb[]): WordCommand | Mistake => {
  const verb = verbs.find(({ name }) => name === asked);
  if (verb !== undefined) return { kind: 'help', verb };
  if (WORDS.some((word) => word === asked)) return { kind: 'help' };
  const near = didYouMean(
    asked,
    verbs.map(({ name }) => name),
  );
  return mistake(`There is no verb \`${asked}\`.${near}`, WORD_EXAMPLES.help);
};
