import type { ConfiguredCluster } from '../../config/context.ts';
import type { CloudGrant, Identity, RbacSubject } from '../../core/cloud.ts';
import { impersonatedUser } from '../../core/impersonation.ts';
import type { Verb } from '../../core/verb.ts';
import { type IdentityPermissions, identityPermissions } from '../../flow/identity-permissions.ts';
import { engineRole } from './engine-role.ts';
import { identityRbac } from './identity-rbac.ts';
import { impersonationRules } from './impersonation-rules.ts';
import { boundEverywhere, type RbacObject } from './rbac-objects.ts';
import { yamlComment, yamlStream } from './yaml-stream.ts';

/** What is printed of a cluster. */
export interface Wanted {
  readonly identity: Identity;
  readonly verbs: readonly Verb[];
  /** How the cluster's audit log is told whose run it is. */
  readonly attribution: 'impersonated' | 'user agent';
}

const IMPERSONATION =
  'Runs act as one user that has no token. The audit log of the cluster then names the run and its people. No other\nuser, no group and no service account; the values of the extras differ from run to run, so they have no names here.';

const USED_FOR: Readonly<Record<Identity, string>> = {
  read: 'planning',
  act: 'approved runs',
  node: 'what reaches a node or its machine',
};

const headOf = (
  { name, identities }: ConfiguredCluster,
  identity: Identity,
  verbs: readonly Verb[],
): string =>
  [
    `${name}, ${identities === 'one for all' && identity === 'act' ? 'the identity for all' : `identity ${identity}, for ${USED_FOR[identity]}`}`,
    `Verbs: ${verbs.map((verb) => verb.name).join(', ')}.`,
  ].join('\n');

const grantText = ({ title, text }: CloudGrant): string => `${title}:\n\n${text.trimEnd()}\n`;

/** The roles of an identity. A run that is attributed acts as the one user that the identity may impersonate. */
const rolesOf = (
  cluster: ConfiguredCluster,
  { identity, verbs, attribution }: Wanted,
  subject: RbacSubject,
): readonly RbacObject[] => {
  const { name } = cluster;
  const role = (suffix: string, bound: RbacSubject, purpose: string, needs: IdentityPermissions) =>
    identityRbac({ entry: cluster, name: `firebreak:${name}${suffix}`, subject: bound, purpose }, needs);
  const planning = identityPermissions('read', cluster, verbs);
  const engine = (held: IdentityPermissions) => engineRole(cluster, subject, held);
  if (identity === 'read') return [...role(':read', subject, 'To plan', planning), ...engine(planning)];
  if (identity === 'node')
    return role(':node', subject, 'To run', identityPermissions('node', cluster, verbs));
  if (attribution === 'user agent') {
    const acting = identityPermissions('act', cluster, verbs);
    return cluster.identities === 'one for all'
      ? [...role('', subject, 'To plan and to run', acting), ...engine(acting)]
      : role(':act', subject, 'To run', acting);
  }
  const running = identityPermissions('act', { ...cluster, identities: 'read and act' }, verbs);
  const user = { kind: 'User', name: impersonatedUser(name) } as const;
  return [
    ...(cluster.identities === 'one for all'
      ? [...role(':read', subject, 'To plan', planning), ...engine(planning)]
      : []),
    ...boundEverywhere({
      ...{ name: `firebreak:${name}:impersonate`, subject, rules: impersonationRules(name) },
      comment: IMPERSONATION,
    }),
    ...role(':act', user, 'To run', running),
  ];
};

/** The least for one identity of a cluster: its RBAC as objects, and above them, as comments, what its provider has to grant. */
export const clusterPermissions = (cluster: ConfiguredCluster, wanted: Wanted): string => {
  const { identity, verbs } = wanted;
  const { subject, grants } = cluster.cloud.access.grants(cluster.options[identity], {
    cluster: cluster.name,
    identity,
  });
  const objects = rolesOf(cluster, wanted, subject);
  const replaced = /<[^>]+>/u.exec(subject.name)?.[0];
  const head = [
    headOf(cluster, identity, verbs),
    ...(objects.length === 0 ? ['None of these needs anything of it in the cluster.'] : []),
    ...(replaced === undefined || objects.length === 0
      ? []
      : [`Put the name in place of ${replaced}; firebreak check ${cluster.name} shows it.`]),
    ...(grants.length === 0 ? [] : ['', 'Outside the cluster:', '', ...grants.map(grantText)]),
  ];
  return `${yamlComment(head.join('\n').trimEnd())}${objects.length === 0 ? '' : `\n${yamlStream(objects)}`}`;
};
