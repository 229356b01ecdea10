import { z } from 'zod';
import { FirebreakError, type FirebreakErrorInit } from '../../core/firebreak-error.ts';

/** A list or object that Azure may leave out or send as null. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** Azure's names on the wire. Source: Azure REST API reference, ManagedClusters Get; @azure/arm-containerservice. */
export const aksDescriptionSchema = z.object({
  properties: z.object({
    provisioningState: z.string().default('unknown'),
    powerState: optional(z.object({ code: z.string().optional() })),
    fqdn: optional(z.string()),
    privateFQDN: optional(z.string()),
    disableLocalAccounts: optional(z.boolean()),
    aadProfile: optional(
      z.object({
        enableAzureRBAC: optional(z.boolean()),
        tenantID: optional(z.string()),
        /** Of clusters from before managed Entra integration, each with an app of its own. */
        serverAppID: optional(z.string()),
      }),
    ),
    apiServerAccessProfile: optional(
      z.object({
        enablePrivateCluster: optional(z.boolean()),
        authorizedIPRanges: optional(z.array(z.string())),
      }),
    ),
  }),
});
export type AksDescription = z.infer<typeof aksDescriptionSchema>['properties'];

type NotReady = Pick<FirebreakErrorInit, 'message' | 'next' | 'retry'>;

const PASSING: Readonly<Record<string, string>> = {
  Creating: 'is being created',
  Starting: 'is being started',
  Stopping: 'is being stopped',
};

const notReady = (
  { provisioningState: state, powerState, fqdn, privateFQDN }: AksDescription,
  what: string,
): NotReady | undefined => {
  if (state === 'Deleting')
    return {
      message: `The ${what} is being deleted (Deleting).`,
      next: 'What is left of it is in its logs and in the disks of its node resource group.',
    };
  const passing = PASSING[state];
  if (passing !== undefined)
    return {
      message: `The ${what} ${passing} (${state}) and has no API server now.`,
      next: 'Ask again when its state is Succeeded.',
      retry: 'retry can help',
    };
  if (powerState?.code === 'Stopped')
    return {
      message: `The ${what} is stopped (powerState Stopped) and has no API server.`,
      next: 'Start it with `az aks start`, or look at the disks of its node resource group: a start runs its pods anew.',
    };
  if (fqdn !== undefined || privateFQDN !== undefined) return undefined;
  return state === 'Failed' || state === 'Canceled'
    ? {
        message: `The ${what} has no API server: its last operation ended as ${state}.`,
        next: 'Look at its operations in the Azure portal, or by `az aks show`.',
      }
    : {
        message: `Azure names no address for the ${what} (${state}).`,
        next: 'Look at it in the Azure portal, or by `az aks show`.',
      };
};

/** Throws `cluster-unreachable` where the cluster has no API server to connect to. */
export const checkAksState = (description: AksDescription, what: string): void => {
  const problem = notReady(description, what);
  if (problem !== undefined) throw new FirebreakError({ code: 'cluster-unreachable', ...problem });
};
