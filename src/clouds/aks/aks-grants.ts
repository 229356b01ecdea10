import type { CloudContext, CloudGrants } from '../../core/cloud.ts';
import { type AksOptions, aksResourceId } from './aks-options.ts';

/** A custom role of Azure, as `az role definition create` reads it. Source: Microsoft Learn, Azure custom roles. */
const role = (options: AksOptions, name: string): string =>
  JSON.stringify(
    {
      Name: name,
      IsCustom: true,
      Description: `Find the API server of the AKS cluster ${options.name} and its CA.`,
      Actions: [
        'Microsoft.ContainerService/managedClusters/read',
        'Microsoft.ContainerService/managedClusters/listClusterUserCredential/action',
      ],
      NotActions: [],
      DataActions: [],
      NotDataActions: [],
      AssignableScopes: [`/subscriptions/${options.subscription}/resourceGroups/${options.resourceGroup}`],
    },
    undefined,
    2,
  );

/**
 * AKS asks Azure for two rights alone; everything else is the cluster's own RBAC, which knows the identity by its object
 * id, with Azure RBAC on too. Source: Microsoft Learn, "Access and identity options for AKS".
 */
export const aksGrants = (options: AksOptions, { identity }: Pick<CloudContext, 'identity'>): CloudGrants => {
  const name = `Firebreak: reach ${options.name}`;
  const app = options.clientId ?? '<client id of its app or managed identity>';
  return {
    subject: { kind: 'User', name: `<object id of the ${identity} identity>` },
    grants: [
      {
        title: 'The object id, which the assignment below and the binding in the cluster name',
        format: 'shell',
        text: `az ad sp show --id '${app}' --query id --output tsv`,
      },
      {
        title: `Custom role of Azure, for \`az role definition create\``,
        format: 'json',
        text: role(options, name),
      },
      {
        title: 'Its assignment, for this cluster alone',
        format: 'shell',
        text: `az role assignment create --role '${name}' --assignee-object-id '<object id of the ${identity} identity>' --assignee-principal-type ServicePrincipal --scope '${aksResourceId(options)}'`,
      },
    ],
  };
};
