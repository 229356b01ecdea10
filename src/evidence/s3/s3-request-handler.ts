import { Agent as HttpAgent } from 'node:http';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { vendorAgent } from '../../runtime/vendor-agent.ts';
import { requireEncrypted } from './require-encrypted.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte in either direction. A whole part may take longer on a slow line. */
const SILENCE_TIMEOUT_MS = 60_000;

/** Sends the requests to S3: encrypted, and through the proxy of the environment, which the SDK by itself does not read. */
export class S3RequestHandler extends NodeHttpHandler {
  constructor(proxyEnvironment: Readonly<Record<string, string | undefined>>) {
    super({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
      // Leads to this machine alone, so a proxy would only be one more who reads it.
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: vendorAgent(proxyEnvironment),
    });
  }

  /** Throws `evidence-store` for a request that would leave this machine unencrypted. */
  override async handle(
    ...args: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    requireEncrypted(args[0]);
    return super.handle(...args);
  }
}
