import type { CloudContext, CloudGrant, CloudGrants } from '../../core/cloud.ts';
import type { GkeOptions } from './gke-options.ts';

const ROLE = 'firebreak';
const GATEWAY_ROLE = 'firebreak_gateway';

const permissionsOf = ({ endpoint }: GkeOptions): readonly string[] => {
  switch (endpoint) {
    case undefined:
    // Taken by itself where a cluster has no IP endpoints, so it is asked for in both.
    case 'dns':
      return ['container.clusters.get', 'container.clusters.connect'];
    case 'public':
    case 'private':
    case 'connect-gateway':
      return ['container.clusters.get'];
  }
};

/** A role as IAM takes it from a file. Source: IAM documentation, "Create and manage custom roles". */
const roleText = (title: string, permissions: readonly string[]): string =>
  [
    `title: ${title}`,
    'stage: GA',
    'includedPermissions:',
    ...permissions.map((permission) => `- ${permission}`),
  ].join('\n');

const createRole = (project: string, role: string, file: string): string =>
  `gcloud iam roles create ${role} --project=${project} --file=${file}`;

const bindRole = (project: string, role: string, member: string): string =>
  `gcloud projects add-iam-policy-binding ${project} --role=${role} --member=${member} --condition=None`;

/**
 * In the fleet's project. Connect gateway asks by the method of each request: what plans reads, and asks by POST what it
 * may do, which the predefined role for readers does not let through. Streams (exec) need a permission that one
 * predefined role alone holds. Source: GKE fleet documentation, "Use the Connect gateway"; IAM roles and permissions,
 * GKE Hub.
 */
const gatewayGrants = (
  { project, location, name }: GkeOptions,
  identity: CloudContext['identity'],
  member: string,
): readonly CloudGrant[] => {
  const where = `in the project of the cluster's fleet, which may be another than ${project}: \`gcloud container clusters describe ${name} --location=${location} --project=${project} --format='value(fleet.membership)'\` names it`;
  if (identity !== 'read')
    return [
      {
        title: `Connect gateway, ${where}. exec needs gkehub.gateway.stream, which this role alone holds; RBAC still decides`,
        format: 'shell',
        text: bindRole(project, 'roles/gkehub.gatewayAdmin', member),
      },
    ];
  return [
    {
      title: 'IAM role for Connect gateway: what plans reads, and asks what it may do',
      format: 'yaml',
      text: roleText('Firebreak through Connect gateway', ['gkehub.gateway.get', 'gkehub.gateway.post']),
    },
    {
      title: `The role as gateway-role.yaml, created and granted ${where}`,
      format: 'shell',
      text: [
        createRole(project, GATEWAY_ROLE, 'gateway-role.yaml'),
        bindRole(project, `projects/${project}/roles/${GATEWAY_ROLE}`, member),
      ].join('\n'),
    },
  ];
};

/**
 * GKE asks IAM whether a cluster may be looked up, and for the DNS endpoint and Connect gateway whether it may be
 * reached; everything else is the cluster's own RBAC, by the account's e-mail. Sources: GKE documentation, "Create IAM
 * allow policies"; IAM documentation, "Custom roles" and "Service account impersonation".
 */
export const gkeGrants = (options: GkeOptions, { identity }: Pick<CloudContext, 'identity'>): CloudGrants => {
  const { project, impersonate, delegates = [], endpoint } = options;
  const account = impersonate ?? '<e-mail of its service account>';
  const member = `'serviceAccount:${account}'`;
  const hops = impersonate === undefined ? [] : [...delegates, impersonate];
  return {
    subject: { kind: 'User', name: account },
    grants: [
      {
        title: `IAM role of ${account} in the project ${project}`,
        format: 'yaml',
        text: roleText('Firebreak', permissionsOf(options)),
      },
      {
        title: 'The role as role.yaml, created and granted',
        format: 'shell',
        text: [
          createRole(project, ROLE, 'role.yaml'),
          bindRole(project, `projects/${project}/roles/${ROLE}`, member),
        ].join('\n'),
      },
      ...(endpoint === 'connect-gateway' ? gatewayGrants(options, identity, member) : []),
      ...hops.map((target, at): CloudGrant => {
        const from = hops[at - 1] ?? '<e-mail of the account that Firebreak starts with>';
        return {
          title: `${from} may impersonate ${target}`,
          format: 'shell',
          text: `gcloud iam service-accounts add-iam-policy-binding ${target} --role=roles/iam.serviceAccountTokenCreator --member='serviceAccount:${from}'`,
        };
      }),
    ],
  };
};
