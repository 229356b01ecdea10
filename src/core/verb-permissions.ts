import { KINDS, type Kind } from './kind.ts';
import type { Permission } from './permission.ts';
import type { Verb } from './verb.ts';

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
