import type { CloudCaller, ClusterAccess } from '../../core/cloud.ts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import { untilAborted } from '../access/until-aborted.ts';
import { eksAdvice } from './eks-advice.ts';
import { eksCaller } from './eks-caller.ts';
import type { EksEndpoint } from './eks-endpoint.ts';
import type { EksSession } from './eks-session.ts';
import { eksWarnings } from './eks-warnings.ts';

/** The way to an EKS cluster that one description gave. */
export class EksAccess implements ClusterAccess {
  readonly server: URL;
  readonly caPem: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: URL;
  readonly #session: EksSession;
  readonly #endpoint: EksEndpoint;

  constructor(session: EksSession, endpoint: EksEndpoint) {
    const { server, tlsServerName, proxyUrl } = session.options;
    this.server = server === undefined ? endpoint.server : new URL(server);
    this.caPem = endpoint.caPem;
    // Behind a tunnel or a load balancer the certificate is still the one of EKS's own name.
    const name = tlsServerName ?? (server === undefined ? undefined : endpoint.server.hostname);
    if (name !== undefined) this.tlsServerName = name;
    if (proxyUrl !== undefined) this.proxyUrl = new URL(proxyUrl);
    this.#session = session;
    this.#endpoint = endpoint;
  }

  token(signal: AbortSignal): Promise<string> {
    return untilAborted(this.#session.token(this.#endpoint), signal);
  }

  forgetToken(): void {
    this.#session.forgetToken();
  }

  async caller(signal: AbortSignal): Promise<CloudCaller> {
    await this.token(signal);
    const principal = await untilAborted(eksCaller(this.#session), signal);
    return {
      source: this.#session.credentials.source() ?? 'unknown',
      ...(principal === undefined ? {} : { principal }),
      warnings: await untilAborted(eksWarnings(this.#session, this.#endpoint, principal), signal),
    };
  }

  explain(failure: FirebreakError, signal: AbortSignal): Promise<FirebreakError> {
    return untilAborted(eksAdvice(failure, this.#session, this.#endpoint), signal);
  }
}
