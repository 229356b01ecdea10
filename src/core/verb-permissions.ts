import type { ClusterEntry } from './cluster-entry.ts';
import type { FootholdUse } from './foothold.ts';
import { FOOTHOLD_PERMISSIONS } from './foothold-permissions.ts';
import { KINDS, type Kind } from './kind.ts';
import type { Permission } from './permission.ts';
import { SAID } from './read-flags.ts';
import type { Arguments, Verb } from './verb.ts';

/** What a verb needs for a target of this kind: without one of these it is refused before anyone is asked. */
export const permissionsFor = (
  { onTarget, permissions }: Pick<Verb, 'onTarget' | 'permissions'>,
  kind: Kind,
): readonly Permission[] => [
  ...onTarget.map((verb) => ({ verb, group: KINDS[kind].group, resource: KINDS[kind].resource })),
  ...permissions,
];

/** The same for all of its kinds, once each: what is granted to an installation. */
export const allPermissions = (
  verb: Pick<Verb, 'onTarget' | 'permissions' | 'kinds'>,
): readonly Permission[] => [
  ...verb.kinds.flatMap((kind) => permissionsFor({ onTarget: verb.onTarget, permissions: [] }, kind)),
  ...verb.permissions,
];

/** The footholds that a verb uses in a cluster: none where that has no image to start them from. */
export const footholdsIn = (
  { footholds = [] }: Pick<Verb, 'footholds'>,
  { toolImage }: Pick<ClusterEntry, 'toolImage'>,
): readonly FootholdUse[] => (toolImage === undefined ? [] : footholds);

export const footholdPermissions = (uses: readonly FootholdUse[]): readonly Permission[] =>
  uses.flatMap(({ kind, use }) => FOOTHOLD_PERMISSIONS[kind][use]);

/** Whether a verb needs a foothold unless something is said. */
export const isNeeded = ({ when }: FootholdUse): boolean =>
  when === undefined || (when !== 'as planned' && 'notSaid' in when);

const isUsed = ({ when }: FootholdUse, given: Arguments): boolean => {
  if (when === undefined) return true;
  if (when === 'as planned') return false;
  return 'said' in when ? given[when.said] === SAID : given[when.notSaid] !== SAID;
};

/** Whether it is started by the identity for nodes, which is assumed after the approval alone. */
export const isForNodes = (
  { kind }: Pick<FootholdUse, 'kind'>,
  { nodeIdentity }: Pick<ClusterEntry, 'nodeIdentity'>,
): boolean => kind === 'node pod' && nodeIdentity !== undefined;

/** What is asked before a run is planned: of footholds just those that these arguments start, by the identity that acts. */
export const askedBefore = (
  verb: Pick<Verb, 'onTarget' | 'permissions' | 'footholds'>,
  { kind, entry, given }: { readonly kind: Kind; readonly entry: ClusterEntry; readonly given: Arguments },
): readonly Permission[] => [
  ...permissionsFor(verb, kind),
  ...footholdPermissions(
    footholdsIn(verb, entry).filter((use) => isUsed(use, given) && !isForNodes(use, entry)),
  ),
];

const READS: readonly Permission['verb'][] = ['get', 'list', 'watch'];

/** Whether planning may do it: reads of objects. A log and an exec are none, though some are asked for by `get`. */
export const isRead = ({ verb, subresource }: Permission): boolean =>
  subresource === undefined && READS.includes(verb);

/**
 * When a verb makes its further reads. One that changes something looks around for its card; any other reads when it
 * runs.
 */
export const readsFurther = ({ effect }: Pick<Verb, 'effect'>): 'when planning' | 'when running' =>
  effect === 'read' || effect === 'collect' ? 'when running' : 'when planning';
