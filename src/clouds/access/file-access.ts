import type { CloudCaller, ClusterAccess } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { FileWay } from './file-way.ts';
import { untilAborted } from './until-aborted.ts';

export interface FileAccessInit {
  /** The subject of a sentence: `The kubeconfig of cluster lab`. */
  readonly what: string;
  readonly way: FileWay;
  readonly readWay: () => Promise<FileWay>;
  /** Differs when the file was written or replaced since. */
  readonly stamp: (path: string) => Promise<string>;
  readonly explain?: NonNullable<ClusterAccess['explain']>;
}

const fingerprint = ({ endpoint }: FileWay): string =>
  JSON.stringify([
    endpoint.server.href,
    endpoint.caPem,
    endpoint.tlsServerName,
    endpoint.proxyUrl?.href,
    endpoint.clientCertificate?.certPem,
  ]);

/**
 * The way that one reading of files gave. The token is read again when a file changed or the server refused it; when
 * then the address, CA or certificate differ too, this way is over and `connect` gives the new one, so that a new token
 * never goes to an old address.
 */
export class FileAccess implements ClusterAccess {
  readonly server: URL;
  readonly caPem?: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: URL;
  readonly clientCertificate?: { readonly certPem: string; readonly keyPem: string };
  readonly explain?: NonNullable<ClusterAccess['explain']>;
  readonly #init: FileAccessInit;
  readonly #fingerprint: string;
  #way: FileWay;
  #refused = false;
  #pending: Promise<string | undefined> | undefined;

  constructor(init: FileAccessInit) {
    const { server, caPem, tlsServerName, proxyUrl, clientCertificate } = init.way.endpoint;
    this.server = server;
    if (caPem !== undefined) this.caPem = caPem;
    if (tlsServerName !== undefined) this.tlsServerName = tlsServerName;
    if (proxyUrl !== undefined) this.proxyUrl = proxyUrl;
    if (clientCertificate !== undefined) this.clientCertificate = clientCertificate;
    if (init.explain !== undefined) this.explain = init.explain;
    this.#init = init;
    this.#way = init.way;
    this.#fingerprint = fingerprint(init.way);
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
    const { source, principal, warnings } = this.#way;
    return { source, warnings, ...(principal === undefined ? {} : { principal }) };
  }

  async #current(): Promise<string | undefined> {
    if (!this.#refused && !(await this.#changed())) return this.#way.token;
    this.#refused = false;
    const way = await this.#init.readWay();
    if (fingerprint(way) !== this.#fingerprint) throw moved(this.#init.what);
    this.#way = way;
    return way.token;
  }

  async #changed(): Promise<boolean> {
    for (const [path, stamp] of this.#way.stamps) {
      if ((await this.#init.stamp(path)) !== stamp) return true;
    }
    return false;
  }
}

const moved = (what: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-unreachable',
    message: `${what} now leads to another address, CA or client certificate.`,
    next: 'Ask again: Firebreak then takes the new one.',
    retry: 'retry can help',
  });
