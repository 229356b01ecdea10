import type { CloudCaller, ClusterAccess } from '../../core/cloud.ts';
import type { FirebreakError } from '../../core/firebreak-error.ts';
import { untilAborted } from '../access/until-aborted.ts';
import { gkeAdvice } from './gke-advice.ts';
import { gkeCaller } from './gke-caller.ts';
import type { GkeCluster } from './gke-cluster.ts';
import type { GkeEndpoint } from './gke-endpoint.ts';

const BY_NUMBER =
  'The token lacks the scope userinfo.email: the cluster knows this account by its numeric id, and bindings to its e-mail do not hold.';

/** The way to a GKE cluster that one description gave. */
export class GkeAccess implements ClusterAccess {
  readonly server: URL;
  readonly caPem?: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: URL;
  readonly #cluster: GkeCluster;
  readonly #endpoint: GkeEndpoint;

  constructor(cluster: GkeCluster, endpoint: GkeEndpoint) {
    const { server, tlsServerName, proxyUrl } = cluster.options;
    this.server = server === undefined ? endpoint.server : new URL(server);
    if (endpoint.caPem !== undefined) this.caPem = endpoint.caPem;
    // Behind a tunnel or a load balancer the certificate is still the one of GKE's own address.
    const name = tlsServerName ?? (server === undefined ? undefined : endpoint.server.hostname);
    if (name !== undefined) this.tlsServerName = name;
    if (proxyUrl !== undefined) this.proxyUrl = new URL(proxyUrl);
    this.#cluster = cluster;
    this.#endpoint = endpoint;
  }

  token(signal: AbortSignal): Promise<string> {
    return untilAborted(this.#cluster.token(this.#endpoint), signal);
  }

  forgetToken(): void {
    this.#cluster.forgetToken();
  }

  async caller(signal: AbortSignal): Promise<CloudCaller> {
    const { source, warnings } = await untilAborted(this.#cluster.credentials.provide(), signal);
    const { email, seenBy } = await untilAborted(gkeCaller(this.#cluster), signal);
    return {
      source,
      ...(email === undefined ? {} : { principal: email }),
      warnings: seenBy === 'its numeric id' ? [...warnings, BY_NUMBER] : warnings,
    };
  }

  explain(failure: FirebreakError, signal: AbortSignal): Promise<FirebreakError> {
    return untilAborted(gkeAdvice(failure, this.#cluster, this.#endpoint), signal);
  }
}
