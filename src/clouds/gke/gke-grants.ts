import type { CloudContext, CloudGrant, CloudGrants } from '../../core/cloud.ts';
import type { GkeOptions } from './gke-options.ts';

const ROLE = 'firebreak';

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

/**
 * In the fleet's project, which may be another. Connect gateway asks by the verb of each request; streams (exec) need a permission that one
 * predefined role alone holds. Source: GKE fleet documentation, "Use the Connect gateway".
 */
const gatewayGrants = (
  { project }: GkeOptions,
  identity: CloudContext['identity'],
  member: string,
): readonly CloudGrant[] => {
  const role = identity === 'read' ? 'roles/gkehub.gatewayReader' : 'roles/gkehub.gatewayAdmin';
  return [
    {
      title:
        identity === 'read'
          ? "Connect gateway, in the fleet's project: what plans read"
          : "Connect gateway, in the fleet's project: exec needs gkehub.gateway.stream, which this role alone holds; RBAC still decides",
      format: 'shell',
      text: `gcloud projects add-iam-policy-binding ${project} --role=${role} --member=${member} --condition=None`,
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
        text: [
          'title: Firebreak',
          'stage: GA',
          'includedPermissions:',
          ...permissionsOf(options).map((permission) => `- ${permission}`),
        ].join('\n'),
      },
      {
        title: 'The role as role.yaml, created and granted',
        format: 'shell',
        text: [
          `gcloud iam roles create ${ROLE} --project=${project} --file=role.yaml`,
          `gcloud projects add-iam-policy-binding ${project} --role=projects/${project}/roles/${ROLE} --member=${member} --condition=None`,
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
