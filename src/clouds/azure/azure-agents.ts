import { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { vendorAgent } from '../../runtime/vendor-agent.ts';

/** The connections to Azure's APIs. */
export class AzureAgents {
  /** To Entra ID and Azure Resource Manager, through the proxy of the environment. */
  readonly apis: HttpsAgent;
  /** To the machine's own metadata service, which is never behind a proxy. */
  readonly machine: HttpAgent;

  /** Throws `config-invalid` for a proxy whose URL can't be read. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.apis = vendorAgent(environment);
    this.machine = new HttpAgent();
  }
}
