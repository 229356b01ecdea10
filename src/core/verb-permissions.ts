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
