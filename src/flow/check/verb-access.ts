import type { Identity } from '../../core/cloud.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isClusterScoped } from '../../core/cluster-scoped.ts';
import { placeNamespace } from '../../core/place-namespace.ts';
import type { Verb } from '../../core/verb.ts';
import { type IdentityPermissions, identityPermissions } from '../identity-permissions.ts';
import { type CheckRow, failed, ok, warning } from './check-row.ts';
import { someAtOnce } from './in-time.ts';
import { placesOf, type Question, questionName, questionsText } from './places-of.ts';

/** Access reviews under way at once, for each identity. */
const REVIEWS_AT_ONCE = 8;

export interface VerbAccess {
  readonly entry: ClusterEntry;
  readonly identity: Identity;
  /** Those that the channels allow here. */
  readonly verbs: readonly Verb[];
  /** Asks in the name of whoever plans, and of whoever the run would be. */
  readonly mayPlan: ClusterReader['allowed'];
  readonly mayAct: ClusterReader['allowed'];
}

const NOTHING: IdentityPermissions = { needed: [], better: [], everywhere: [] };

/** What is asked for a verb's needs, or for what would make its answers better. */
const questionsOf = (
  entry: ClusterEntry,
  { needed, better, everywhere }: IdentityPermissions,
  which: 'needed' | 'better',
): readonly Question[] =>
  which === 'needed'
    ? needed.flatMap((permission) => placesOf(entry, permission))
    : [
        ...better.flatMap((permission) => placesOf(entry, permission)),
        ...everywhere.map((permission) => ({ permission })),
      ];

type Part = 'plan' | 'run';

/** What an identity does for a verb: where planning and acting are one, both. */
const partsOf = ({ identity, entry }: VerbAccess): readonly Part[] => {
  if (identity === 'read') return ['plan'];
  return entry.identities === 'one for all' ? ['plan', 'run'] : ['run'];
};

const needsOf = (access: VerbAccess, part: Part, verb: Verb): IdentityPermissions =>
  identityPermissions(
    part === 'plan' ? 'read' : access.identity === 'node' ? 'node' : 'act',
    { ...access.entry, identities: 'read and act' },
    [verb],
    access.verbs,
  );

/**
 * One row for each verb that the channels allow: whether the identity may do all that the verb's own declaration says, in
 * each allowed namespace. Every question is asked once. Rejects with what the reviews throw.
 */
export const verbAccess = async (access: VerbAccess, signal: AbortSignal): Promise<readonly CheckRow[]> => {
  const { entry, identity, verbs } = access;
  const asked = partsOf(access).map((part) => {
    const may = part === 'plan' ? access.mayPlan : access.mayAct;
    return {
      needs: new Map(verbs.map((verb) => [verb.name, needsOf(access, part, verb)])),
      may: ({ permission, namespace }: Question) =>
        may(permission, namespace === undefined ? {} : { namespace }, signal),
    };
  });
  const refused: ReadonlySet<string>[] = [];
  for (const { needs, may } of asked) {
    const questions = new Map(
      [...needs.values()]
        .flatMap((each) => [...questionsOf(entry, each, 'needed'), ...questionsOf(entry, each, 'better')])
        .map((question) => [questionName(question), question]),
    );
    const answers = await someAtOnce(
      [...questions.values()],
      async (question) => ({ question, allowed: await may(question) }),
      REVIEWS_AT_ONCE,
    );
    refused.push(
      new Set(answers.flatMap(({ question, allowed }) => (allowed ? [] : [questionName(question)]))),
    );
  }
  const missingOf = (verb: Verb, which: 'needed' | 'better'): readonly Question[] => [
    ...new Map(
      asked
        .flatMap(({ needs }, at) =>
          questionsOf(entry, needs.get(verb.name) ?? NOTHING, which).filter(
            (question) => refused[at]?.has(questionName(question)) === true,
          ),
        )
        .map((question) => [questionName(question), question]),
    ).values(),
  ];
  const whereOf = (verb: Verb): string => {
    const needs = asked.map((one) => one.needs.get(verb.name) ?? NOTHING);
    const needed = needs.flatMap((one) => one.needed);
    if (needed.length > 0 && needed.every(isClusterScoped))
      return `on ${[...new Set(needed.map(({ resource }) => resource))].join(', ')}`;
    // What an identity for nodes may do is needed at times alone.
    const placed = needed.length > 0 ? needed : needs.flatMap(({ better }) => better);
    const footholds = new Set(
      placed.flatMap(({ place }) => (place === undefined ? [] : [placeNamespace(place, entry.footholds)])),
    );
    if (footholds.size > 0 && placed.every(({ place }) => place !== undefined))
      return `in ${[...footholds].join(', ')}`;
    const where = entry.namespaces.length === 0 ? 'in every namespace' : `in ${entry.namespaces.join(', ')}`;
    return `${where}${footholds.size === 0 ? '' : `; its footholds in ${[...footholds].join(', ')}`}`;
  };
  const grant = `Grant it: firebreak permissions ${entry.name} --identity ${identity} prints what is needed.`;
  return verbs.map((verb) => {
    const missing = questionsText(missingOf(verb, 'needed'));
    const better = questionsText(missingOf(verb, 'better'));
    if (missing !== '') return failed(verb.name, `lacks ${missing}`, grant, `lacks ${missing}`);
    return better === ''
      ? ok(verb.name, `allowed ${whereOf(verb)}`, '')
      : warning(
          verb.name,
          `works; parts of it or of its answers are left out without ${better}`,
          grant,
          `without ${better}`,
        );
  });
};
