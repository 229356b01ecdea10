import type { ConfiguredCluster } from '../../config/context.ts';
import type { CloudGrant, Identity } from '../../core/cloud.ts';
import type { Verb } from '../../core/verb.ts';
import { identityPermissions } from '../../flow/identity-permissions.ts';
import { identityRbac } from './identity-rbac.ts';
import { yamlComment, yamlStream } from './yaml-stream.ts';

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

/** The least for one identity of a cluster: its RBAC as objects, and above them, as comments, what its provider has to grant. */
export const clusterPermissions = (
  cluster: ConfiguredCluster,
  identity: Identity,
  verbs: readonly Verb[],
): string => {
  const { subject, grants } = cluster.cloud.access.grants(cluster.options[identity], {
    cluster: cluster.name,
    identity,
  });
  const { needed, better } = identityPermissions(identity, cluster, verbs);
  const objects = identityRbac({ entry: cluster, identity, subject }, [...needed, ...better]);
  const replaced = /<[^>]+>/u.exec(subject.name)?.[0];
  const head = [
    headOf(cluster, identity, verbs),
    ...(objects.length === 0 ? ['No verb of these needs anything of it in the cluster.'] : []),
    ...(replaced === undefined || objects.length === 0
      ? []
      : [`Put the name in place of ${replaced}; firebreak check ${cluster.name} shows it.`]),
    ...(grants.length === 0 ? [] : ['', 'Outside the cluster:', '', ...grants.map(grantText)]),
  ];
  return `${yamlComment(head.join('\n').trimEnd())}${objects.length === 0 ? '' : `\n${yamlStream(objects)}`}`;
};
