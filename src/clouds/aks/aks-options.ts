import { z } from 'zod';
import { accessOptions } from '../access/access-options.ts';
import { AZURE_CLOUDS } from '../azure/azure-cloud.ts';

/** The provider's keys in `firebreak.yml`. Shapes: Azure's naming rules, Microsoft.ContainerService and Microsoft.Resources. */
export const aksOptionsSchema = z.strictObject({
  subscription: z.guid('must be the id of an Azure subscription'),
  resourceGroup: z
    .string()
    .regex(/^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$/u, 'must be the name of a resource group'),
  /** The cluster's name in AKS. */
  name: z
    .string()
    .regex(/^[0-9A-Za-z]([0-9A-Za-z_-]{0,61}[0-9A-Za-z])?$/u, 'must be the name of an AKS cluster'),
  access: z
    .string()
    .refine((access) => access !== 'run-command', {
      error:
        'run-command (az aks command invoke) is a transport of its own and comes later; this version has api alone',
      abort: true,
    })
    .refine((access) => access === 'api', 'must be api')
    .default('api'),
  /** Of the app or user-assigned managed identity. Left out: AZURE_CLIENT_ID, or the machine's own identity. */
  clientId: z.guid('must be the client id of an app or managed identity').optional(),
  /** Left out: AZURE_TENANT_ID. */
  tenantId: z.guid('must be the id of an Entra tenant').optional(),
  cloud: z.enum(AZURE_CLOUDS).default('public'),
  /** Left out: the private one of a private cluster, the public one of any other. */
  endpoint: z.enum(['public', 'private']).optional(),
  ...accessOptions,
});
export type AksOptions = Readonly<z.infer<typeof aksOptionsSchema>>;

/** The cluster's id at Azure Resource Manager. */
export const aksResourceId = ({ subscription, resourceGroup, name }: AksOptions): string =>
  `/subscriptions/${subscription}/resourceGroups/${encodeURIComponent(resourceGroup)}/providers/Microsoft.ContainerService/managedClusters/${name}`;
