import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** The connections to Azure's APIs. */
export class AzureAgents {
  /** To Entra ID and Azure Resource Manager, through the proxy of the environment. */
  readonly apis: HttpsAgent;
  /** To the machine's own metadata service, which is never behind a proxy. */
  readonly machine: HttpAgent;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.apis = new HttpsAgent({
      keepAlive: true,
      proxyEnv: { ...environment },
      // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED can't switch it off.
      rejectUnauthorized: true,
    });
    this.machine = new HttpAgent();
  }
}
