import type { CloudCaller, ClusterAccess } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { untilAborted } from '../access/until-aborted.ts';
import type { KubeconfigFiles } from './kubeconfig-files.ts';
import type { KubeconfigWay } from './kubeconfig-way.ts';

const fingerprint = ({ endpoint }: KubeconfigWay): string =>
  JSON.stringify([
    endpoint.server.href,
    endpoint.caPem,
    endpoint.tlsServerName,
    endpoint.proxyUrl?.href,
    endpoint.clientCertificate?.certPem,
  ]);

/**
 * The way that one reading of a kubeconfig gave. The token is read again when a file changed or the server refused
 * it; when then the address, CA or certificate differ too, this way is over and `connect` gives the new one, so that
 * a new token never goes to an old address.
 */
export class KubeconfigAccess implements ClusterAccess {
  readonly server: URL;
  readonly caPem?: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: URL;
  readonly clientCertificate?: { readonly certPem: string; readonly keyPem: string };
  readonly #cluster: string;
  readonly #files: KubeconfigFiles;
  readonly #readWay: () => Promise<KubeconfigWay>;
  readonly #fingerprint: string;
  #way: KubeconfigWay;
  #refused = false;
  #pending: Promise<string | undefined> | undefined;

  constructor(
    cluster: string,
    files: KubeconfigFiles,
    way: KubeconfigWay,
    readWay: () => Promise<KubeconfigWay>,
  ) {
    const { server, caPem, tlsServerName, proxyUrl, clientCertificate } = way.endpoint;
    this.server = server;
    if (caPem !== undefined) this.caPem = caPem;
    if (tlsServerName !== undefined) this.tlsServerName = tlsServerName;
    if (proxyUrl !== undefined) this.proxyUrl = proxyUrl;
    if (clientCertificate !== undefined) this.clientCertificate = clientCertificate;
    this.#cluster = cluster;
    this.#files = files;
    this.#readWay = readWay;
    this.#way = way;
    this.#fingerprint = fingerprint(way);
  }

  token(signal: AbortSignal): Promise<string | undefined> {
    this.#pending ??= this.#current().finally(() => {
      this.#pending = undefined;
    });
    return untilAborted(this.#pending, signal);
  }

  forgetToken(): void {
    this.#refused = true;
  }

  async caller(signal: AbortSignal): Promise<CloudCaller> {
    await this.token(signal);
    return { source: this.#way.source, warnings: this.#way.warnings };
  }

  async #current(): Promise<string | undefined> {
    if (!this.#refused && !(await this.#changed())) return this.#way.token;
    this.#refused = false;
    const way = await this.#readWay();
    if (fingerprint(way) !== this.#fingerprint) throw moved(this.#cluster);
    this.#way = way;
    return way.token;
  }

  async #changed(): Promise<boolean> {
    for (const [path, stamp] of this.#way.stamps) {
      if ((await this.#files.stamp(path)) !== stamp) return true;
    }
    return false;
  }
}

const moved = (cluster: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-unreachable',
    message: `The kubeconfig of cluster ${cluster} now leads to another address, CA or client certificate.`,
    next: 'Ask again: Firebreak then takes the new one.',
    retry: 'retry can help',
  });
