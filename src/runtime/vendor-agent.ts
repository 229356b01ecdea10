import { Agent } from 'node:https';
import { FirebreakError } from '../core/firebreak-error.ts';

/**
 * The connections to a vendor's API: TLS verified, and through the proxy of the environment, which the vendors' libraries
 * read by themselves from the process or not at all. Throws `config-invalid` for a proxy whose URL can't be read.
 */
export const vendorAgent = (environment: Readonly<Record<string, string | undefined>>): Agent => {
  try {
    return new Agent({
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
};
