import type { CloudCaller, ClusterAccess } from '../../core/cloud.ts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import { untilAborted } from '../access/until-aborted.ts';
import { aksAdvice } from './aks-advice.ts';
import type { AksCluster } from './aks-cluster.ts';
import type { AksEndpoint } from './aks-endpoint.ts';

/** The way to an AKS cluster that one description gave. */
export class AksAccess implements ClusterAccess {
  readonly server: URL;
  readonly caPem: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: URL;
  readonly clientCertificate?: { readonly certPem: string; readonly keyPem: string };
  readonly #cluster: AksCluster;
  readonly #endpoint: AksEndpoint;

  constructor(cluster: AksCluster, endpoint: AksEndpoint) {
    const { server, tlsServerName, proxyUrl } = cluster.options;
    this.server = server === undefined ? endpoint.server : new URL(server);
    this.caPem = endpoint.caPem;
    // Behind a tunnel or a load balancer the certificate is still the one of Azure's own name.
    const name = tlsServerName ?? (server === undefined ? undefined : endpoint.server.hostname);
    if (name !== undefined) this.tlsServerName = name;
    if (proxyUrl !== undefined) this.proxyUrl = new URL(proxyUrl);
    if (endpoint.sign.kind === 'local account' && endpoint.sign.certificate !== undefined)
      this.clientCertificate = endpoint.sign.certificate;
    this.#cluster = cluster;
    this.#endpoint = endpoint;
  }

  token(signal: AbortSignal): Promise<string | undefined> {
    return untilAborted(this.#cluster.token(this.#endpoint), signal);
  }

  forgetToken(): void {
    this.#cluster.forgetToken();
  }

  caller(signal: AbortSignal): Promise<CloudCaller> {
    return untilAborted(this.#cluster.caller(this.#endpoint), signal);
  }

  async explain(failure: FirebreakError, signal: AbortSignal): Promise<FirebreakError> {
    signal.throwIfAborted();
    return aksAdvice(failure, this.#cluster, this.#endpoint);
  }
}
