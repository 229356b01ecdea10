import type { Clock } from '../../core/clock.ts';
import type { AzureAgents } from './azure-agents.ts';
import type { AzureCloud } from './azure-cloud.ts';

/** What the Azure parts need of the process they run in. */
export interface AzureSurroundings {
  readonly cloud: AzureCloud;
  readonly clock: Clock;
  /** The process's variables: Azure's own, HTTPS_PROXY and NO_PROXY. An empty one counts as absent. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a relative path starts. */
  readonly baseDir: string;
  readonly agents: AzureAgents;
}

/** An empty variable counts as absent, as in a Compose file. */
export const azureVariable = (
  { environment }: Pick<AzureSurroundings, 'environment'>,
  name: string,
): string | undefined => (environment[name] === '' ? undefined : environment[name]);
