import type { Identity } from '../core/cloud.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { isClusterScoped } from '../core/cluster-scoped.ts';
import type { FootholdUse } from '../core/foothold.ts';
import { FOOTHOLD_READS } from '../core/foothold-permissions.ts';
import { KINDS, type Kind } from '../core/kind.ts';
import { type Permission, placedName } from '../core/permission.ts';
import type { Verb } from '../core/verb.ts';
import {
  footholdPermissions,
  footholdsIn,
  isForNodes,
  isNeeded,
  isRead,
  permissionsFor,
  readsFurther,
} from '../core/verb-permissions.ts';
import { PLANNING_PERMISSIONS } from './check-permissions.ts';

export interface IdentityPermissions {
  /** Without one of these, something that the verbs stand for is refused. */
  readonly needed: readonly Permission[];
  /** What makes an answer better, or a change whole; one that is missing is named in the answer. */
  readonly better: readonly Permission[];
  /**
   * Such reads in every namespace, also where the entry names some: what runs on a node does not ask in which. Empty
   * where the entry names none.
   */
  readonly everywhere: readonly Permission[];
}

/** Each permission once for each place. */
const distinct = (permissions: readonly Permission[]): readonly Permission[] => [
  ...new Map(permissions.map((permission) => [placedName(permission), permission])).values(),
];

/** What a verb that is said of a run can be about: undoing needs the rule of what is undone too. */
const undoneBy = (verb: Verb, verbs: readonly Verb[]): readonly Verb[] => {
  const others = verbs.filter(
    ({ takes, effect }) => takes !== 'run' && effect !== 'read' && effect !== 'collect',
  );
  return others.length === 0 ? [verb] : others;
};

/** The kinds that it reaches beside these verbs. */
const kindsOf = (verb: Verb, verbs: readonly Verb[]): readonly Kind[] =>
  verb.takes === 'run'
    ? verb.kinds.filter((kind) => undoneBy(verb, verbs).some(({ kinds }) => kinds.includes(kind)))
    : verb.kinds;

/** What it looks at further: undoing looks at no more than what doing looked at. */
const alsoReadsOf = (verb: Verb, verbs: readonly Verb[]): readonly Permission[] => {
  if (verb.takes !== 'run') return verb.alsoReads;
  const looked = new Set(undoneBy(verb, verbs).flatMap(({ alsoReads }) => alsoReads.map(placedName)));
  return verb.alsoReads.filter((permission) => looked.has(placedName(permission)));
};

/** By which something is put back: undoing makes nothing anew, and enters nothing. */
const UNDOING: readonly Permission['verb'][] = ['get', 'patch', 'delete'];
const undoes = ({ verb, subresource }: Permission): boolean =>
  subresource === undefined && UNDOING.includes(verb);

/** What it needs beside its targets: undoing needs what is needed by what may have to be undone. */
const beyond = (
  verb: Verb,
  beside: readonly Verb[],
  which: 'permissions' | 'partPermissions',
): readonly Permission[] => [
  ...(verb[which] ?? []),
  ...(verb.takes === 'run'
    ? undoneBy(verb, beside)
        .flatMap((one) => one[which] ?? [])
        .filter(undoes)
    : []),
];

type FootholdEntry = Pick<ClusterEntry, 'toolImage' | 'nodeIdentity'>;

interface UsedFoothold {
  readonly use: FootholdUse;
  readonly needed: 'always' | 'at times';
}

/** What it starts and takes away: undoing is about what the others start. */
const footholdsOf = (verb: Verb, beside: readonly Verb[], entry: FootholdEntry): readonly UsedFoothold[] => {
  const uses = footholdsIn(verb, entry);
  const needed = (use: FootholdUse): UsedFoothold['needed'] => (isNeeded(use) ? 'always' : 'at times');
  if (verb.takes !== 'run') return uses.map((use) => ({ use, needed: needed(use) }));
  const started = undoneBy(verb, beside)
    .flatMap((one) => footholdsIn(one, entry))
    .filter(({ use }) => use === 'start');
  return uses.flatMap((use) => {
    const same = started.filter(({ kind }) => kind === use.kind);
    if (same.length === 0) return [];
    return [{ use, needed: same.some(isNeeded) ? ('always' as const) : ('at times' as const) }];
  });
};

/** Whose foothold it is where nodes are reached by an identity of their own. */
const isOf = ({ use }: UsedFoothold, identity: 'act' | 'node', entry: FootholdEntry): boolean =>
  (identity === 'node') === isForNodes(use, entry);

/** What the footholds of these verbs need, by the identity that starts them. */
const footholdNeeds = (
  { verbs, beside }: Asked,
  identity: 'act' | 'node',
  entry: FootholdEntry,
): IdentityPermissions => {
  const used = verbs
    .flatMap((verb) => footholdsOf(verb, beside, entry))
    .filter((one) => isOf(one, identity, entry));
  const uses = (needed: UsedFoothold['needed']) =>
    used.filter((one) => one.needed === needed).map(({ use }) => use);
  const started = used.filter(({ use }) => use.use === 'start');
  return {
    needed: footholdPermissions(uses('always')),
    better: [
      ...footholdPermissions(uses('at times')),
      ...started.flatMap(({ use }) => FOOTHOLD_READS[use.kind]),
    ],
    everywhere: [],
  };
};

/** `verbs` are those that are asked about, `beside` all that are allowed. */
interface Asked {
  readonly verbs: readonly Verb[];
  readonly beside: readonly Verb[];
}

/** A verb of nodes alone. One that takes objects of namespaces too looks around in the allowed ones. */
const isOutside = (verb: Verb, beside: readonly Verb[]): boolean =>
  kindsOf(verb, beside).every((kind) => KINDS[kind].scope === 'cluster');

/** What of a cluster's entry says where something is granted, and to whom. */
type GrantedEntry = Pick<ClusterEntry, 'namespaces'> & FootholdEntry;

type Further = Pick<IdentityPermissions, 'better' | 'everywhere'>;

const further = (
  { verbs, beside }: Asked,
  when: ReturnType<typeof readsFurther>,
  { namespaces }: Pick<ClusterEntry, 'namespaces'>,
): Further => {
  const reads = verbs
    .filter((verb) => readsFurther(verb) === when)
    .flatMap((verb) =>
      alsoReadsOf(verb, beside).map((permission) => ({
        permission,
        everywhere: namespaces.length > 0 && isOutside(verb, beside) && !isClusterScoped(permission),
      })),
    );
  return {
    better: reads.filter(({ everywhere }) => !everywhere).map(({ permission }) => permission),
    everywhere: reads.filter(({ everywhere }) => everywhere).map(({ permission }) => permission),
  };
};

const planning = (asked: Asked, entry: GrantedEntry): IdentityPermissions => {
  const { verbs, beside } = asked;
  const { better, everywhere } = further(asked, 'when planning', entry);
  const aboutPods = verbs.some((verb) => kindsOf(verb, beside).includes('pod'));
  return {
    needed: verbs.flatMap((verb) =>
      kindsOf(verb, beside).flatMap((kind) => [
        ...permissionsFor({ onTarget: verb.onTarget, permissions: [] }, kind).filter(isRead),
        // Without a namespace an object is looked up in every allowed one; where all are allowed, that is a list.
        ...(entry.namespaces.length === 0 && verb.takes !== 'run' && KINDS[kind].scope === 'namespace'
          ? [{ verb: 'list' as const, group: KINDS[kind].group, resource: KINDS[kind].resource }]
          : []),
      ]),
    ),
    better: [
      ...(aboutPods ? PLANNING_PERMISSIONS : []),
      ...better,
      ...verbs
        .filter(({ takes }) => takes === 'run')
        .flatMap((verb) => [
          ...beyond(verb, beside, 'permissions'),
          ...beyond(verb, beside, 'partPermissions'),
        ])
        .filter(isRead),
      // What is to be taken away is looked at first.
      ...verbs
        .flatMap((verb) => footholdsOf(verb, beside, entry))
        .flatMap(({ use }) => (use.use === 'end' ? footholdPermissions([use]).filter(isRead) : [])),
    ],
    everywhere,
  };
};

const running = (asked: Asked, entry: GrantedEntry): IdentityPermissions => {
  const { better, everywhere } = further(asked, 'when running', entry);
  const parts = asked.verbs.flatMap((verb) => beyond(verb, asked.beside, 'partPermissions'));
  const reads = asked.verbs.flatMap(({ runReads = [] }) => runReads);
  const footholds = footholdNeeds(asked, 'act', entry);
  return {
    needed: [...neededToRun(asked), ...footholds.needed],
    better: [...better, ...parts, ...reads, ...footholds.better],
    everywhere,
  };
};

const neededToRun = (asked: Asked): readonly Permission[] =>
  asked.verbs.flatMap((verb) => [
    ...kindsOf(verb, asked.beside).flatMap((kind) =>
      permissionsFor({ onTarget: verb.onTarget, permissions: [] }, kind),
    ),
    ...beyond(verb, asked.beside, 'permissions'),
  ]);

/**
 * What an identity needs in a cluster for these verbs, from their own declarations; `beside` are all that are allowed
 * there, which says what can be undone. Planning uses `read`, a run uses `act`; where both are one, it needs both. Where
 * nodes are reached by `node`, what is started on them is that one's alone.
 */
export const identityPermissions = (
  identity: Identity,
  entry: GrantedEntry & Pick<ClusterEntry, 'identities'>,
  verbs: readonly Verb[],
  beside: readonly Verb[] = verbs,
): IdentityPermissions => {
  const asked = { verbs, beside };
  const parts = {
    read: [planning(asked, entry)],
    act:
      entry.identities === 'one for all'
        ? [planning(asked, entry), running(asked, entry)]
        : [running(asked, entry)],
    node: [footholdNeeds(asked, 'node', entry)],
  }[identity];
  const needed = distinct(parts.flatMap((part) => part.needed));
  const everywhere = distinct(parts.flatMap((part) => part.everywhere));
  const names = new Set([...needed, ...everywhere].map(placedName));
  return {
    needed,
    everywhere,
    better: distinct(parts.flatMap((part) => part.better)).filter(
      (permission) => !names.has(placedName(permission)),
    ),
  };
};
