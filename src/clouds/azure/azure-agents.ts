import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { FirebreakError } from '../../core/firebreak-error.ts';

/** The connections to Azure's APIs. */
export class AzureAgents {
  /** To Entra ID and Azure Resource Manager, through the proxy of the environment. */
  readonly apis: HttpsAgent;
  /** To the machine's own metadata service, which is never behind a proxy. */
  readonly machine: HttpAgent;

  /** Throws `config-invalid` for a proxy whose URL can't be read. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    try {
      this.apis = new HttpsAgent({
        keepAlive: true,
        proxyEnv: { ...environment },
        // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED can't switch it off.
        rejectUnauthorized: true,
      });
    } catch {
      // Node's own message quotes the URL with its password.
      throw new FirebreakError({
        code: 'config-invalid',
        message: "The URL of the proxy in HTTPS_PROXY or HTTP_PROXY can't be read.",
        next: 'Write it as http://host:port.',
      });
    }
    this.machine = new HttpAgent();
  }
}
