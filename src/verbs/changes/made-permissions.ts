import { MADE_KINDS, type MadeKind } from '../../core/made-kind.ts';
import type { Permission } from '../../core/permission.ts';

/** What it takes to make objects of a kind, to see them, and to take them away again. */
export const madePermissions = (kind: MadeKind): readonly Permission[] => {
  const { group, resource } = MADE_KINDS[kind];
  return (['create', 'get', 'delete'] as const).map((verb) => ({ verb, group, resource }));
};
