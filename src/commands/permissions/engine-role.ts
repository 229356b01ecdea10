import type { RbacSubject } from '../../core/cloud.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { permissionName } from '../../core/permission.ts';
import { ENGINE_PLACES, ENGINE_READ } from '../../core/policy-engine.ts';
import { shellWord } from '../../core/shell-word.ts';
import type { IdentityPermissions } from '../../flow/identity-permissions.ts';
import { boundInside, type RbacObject } from './rbac-objects.ts';
import { rbacRules } from './rbac-rules.ts';

/** As `kubectl create rolebinding` takes it. */
const subjectFlag = ({ kind, name, namespace }: RbacSubject): string =>
  ({
    User: `--user=${shellWord(name)}`,
    Group: `--group=${shellWord(name)}`,
    ServiceAccount: `--serviceaccount=${shellWord(`${namespace ?? ''}:${name}`)}`,
  })[kind];

const inFurther = (namespace: string, name: string, subject: RbacSubject): string =>
  [
    `kubectl -n ${namespace} create role ${shellWord(name)} --verb=${ENGINE_READ.verb} --resource=${ENGINE_READ.resource}.${ENGINE_READ.group}`,
    `kubectl -n ${namespace} create rolebinding ${shellWord(name)} --role=${shellWord(name)} ${subjectFlag(subject)}`,
  ].join('\n');

/**
 * The look at the engine of network policies that no verb needs, though the card of an isolation says what it saw: for the identity that plans: nothing where it may list
 * DaemonSets in every namespace anyway. A namespace that is not there would fail the whole `kubectl apply`, so just
 * kube-system is among the objects.
 */
export const engineRole = (
  { name: cluster, namespaces }: Pick<ClusterEntry, 'name' | 'namespaces'>,
  subject: RbacSubject,
  { needed, better, everywhere }: IdentityPermissions,
): readonly RbacObject[] => {
  const held = [...everywhere, ...(namespaces.length === 0 ? [...needed, ...better] : [])];
  if (held.some((permission) => permissionName(permission) === permissionName(ENGINE_READ))) return [];
  const name = `firebreak:${cluster}:check`;
  const [first, ...further] = ENGINE_PLACES;
  return boundInside(
    {
      ...{ name, subject, rules: rbacRules([ENGINE_READ]) },
      comment: [
        'For firebreak check, and for the card of an isolation: which engine enforces network policies. No verb needs it. Where the',
        'engine runs in another namespace, the same there:',
        ...further.map((place) => inFurther(place, name, subject)),
      ].join('\n'),
    },
    first,
  );
};
