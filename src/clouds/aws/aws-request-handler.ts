import { Agent as HttpAgent } from 'node:http';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { isThisMachine } from '../../runtime/is-this-machine.ts';
import { vendorAgent } from '../../runtime/vendor-agent.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/** Three attempts of an SDK client, each bounded by these two, end within the 30 s that a cluster's connection has. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 6_000;

/** Beyond it, AWS refuses signatures. */
const TOLERATED_SKEW_MS = 5 * 60_000;

/**
 * Throws `config-invalid` for a way that is not encrypted: the answer names the CA to trust, and a web identity token is
 * sent. The SDK takes an endpoint from its own variables and files.
 */
const requireEncrypted = ({
  protocol,
  hostname,
}: {
  readonly protocol: string;
  readonly hostname: string;
}): void => {
  if (protocol === 'https:' || isThisMachine(hostname)) return;
  throw new FirebreakError({
    code: 'config-invalid',
    message: `AWS would be asked unencrypted, at ${protocol}//${hostname}.`,
    next: 'Name an https endpoint wherever this one comes from: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_EKS, endpoint_url in ~/.aws/config.',
  });
};

/**
 * Sends the requests to AWS's APIs, through the proxy of the environment, which the SDK by itself does not read.
 * Credentials from link-local addresses don't come this way. Each answer's Date header tells how far our clock is off.
 */
export class AwsRequestHandler extends NodeHttpHandler {
  readonly #surroundings: AwsSurroundings;
  #skewMs: number | undefined;

  constructor(surroundings: AwsSurroundings) {
    super({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      // Leads to this machine alone, so a proxy would only be one more who reads it.
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: vendorAgent(surroundings.environment),
    });
    this.#surroundings = surroundings;
  }

  /** Milliseconds that AWS's clock is ahead of ours, when it is more than AWS tolerates; from its last answer. */
  get skewMs(): number | undefined {
    return this.#skewMs !== undefined && Math.abs(this.#skewMs) > TOLERATED_SKEW_MS
      ? this.#skewMs
      : undefined;
  }

  override async handle(
    ...args: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    requireEncrypted(args[0]);
    const answer = await super.handle(...args);
    const theirs = Date.parse(answer.response.headers['date'] ?? '');
    if (!Number.isNaN(theirs)) this.#skewMs = theirs - this.#surroundings.clock.now().getTime();
    return answer;
  }
}
