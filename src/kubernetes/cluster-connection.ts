import { unescape as percentDecoded } from 'node:querystring';
import type { ClusterAccess } from '../core/cloud.ts';
import { type ErrorCode, FirebreakError, undelivered } from '../core/firebreak-error.ts';
import { dialFailure } from './dial-failure.ts';
import { createDialler, type Dialler, type ProxyEnvironment } from './dialler.ts';
import { SecretFilter } from './secret-filter.ts';

/** What one attempt may use: how to dial, and the headers that authenticate it. */
export interface Wire {
  readonly dialler: Dialler;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ConnectionOptions {
  readonly access: ClusterAccess;
  /** Asks the provider again where the cluster is and whom to trust: after a rotated CA, a moved endpoint, a renewed certificate. */
  readonly reconnect?: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly cluster: string;
  readonly userAgent: string;
  readonly proxyEnvironment: ProxyEnvironment;
}

/** Failures that another address, CA or name can end; credentials that can't be had are the same there. */
const LED_ASTRAY: ReadonlySet<ErrorCode> = new Set([
  'cluster-unreachable',
  'cluster-untrusted',
  'cluster-timeout',
]);

/** The first attempt was refused or never sent, and the second did not come about. */
const beforeSecond = (error: unknown): never => {
  throw error instanceof FirebreakError ? undelivered(error) : error;
};

/**
 * The authenticated way to one cluster. A refused token is fetched anew once; an address or CA that no longer works
 * is asked for once, and the call goes again only where nothing had been sent.
 */
export class ClusterConnection {
  readonly cluster: string;
  readonly filter = new SecretFilter();
  readonly #options: ConnectionOptions;
  readonly #diallers: Dialler[];
  #access: ClusterAccess;
  #dialler: Dialler;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.cluster = options.cluster;
    this.#access = options.access;
    this.#dialler = createDialler(options.access, options.proxyEnvironment);
    this.#diallers = [this.#dialler];
    this.#knowSecrets();
  }

  /** Runs `attempt`, at most twice. Throws what `attempt` throws as a `FirebreakError`, or the signal's reason. */
  async call<T>(signal: AbortSignal, attempt: (wire: Wire) => Promise<T>): Promise<T> {
    const first = { access: this.#access, dialler: this.#dialler };
    try {
      return await this.#attempt(first, signal, attempt);
    } catch (thrown) {
      if (!(thrown instanceof FirebreakError)) throw thrown;
      if (!(await this.#renew(thrown, first, signal).catch(beforeSecond))) throw thrown;
    }
    return await this.#attempt({ access: this.#access, dialler: this.#dialler }, signal, attempt);
  }

  close(): void {
    for (const dialler of this.#diallers) dialler.close();
  }

  async #attempt<T>(
    way: { readonly access: ClusterAccess; readonly dialler: Dialler },
    signal: AbortSignal,
    attempt: (wire: Wire) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    try {
      const token = await this.#token(way.access, signal);
      this.filter.know(token);
      return await attempt({
        dialler: way.dialler,
        headers: {
          'user-agent': this.#options.userAgent,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw dialFailure(error, { cluster: this.cluster, server: way.dialler.server, filter: this.filter });
    }
  }

  /** A failure after the answer's head, as a sentence. */
  failure(error: unknown): FirebreakError {
    return dialFailure(error, { cluster: this.cluster, server: this.#dialler.server, filter: this.filter });
  }

  /** What the provider itself reports: nothing was sent then. */
  async #token(access: ClusterAccess, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await access.token(signal);
    } catch (error) {
      throw error instanceof FirebreakError ? undelivered(error) : error;
    }
  }

  /** Nothing was sent, and a newer description of the cluster can help. */
  #wasNeverSent({ delivery, code }: FirebreakError): boolean {
    return delivery === 'never' && LED_ASTRAY.has(code);
  }

  /** True when something is different now, so that a second attempt makes sense. */
  async #renew(
    failure: FirebreakError,
    used: { readonly access: ClusterAccess; readonly dialler: Dialler },
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#access !== used.access)
      return failure.code === 'not-authenticated' || this.#wasNeverSent(failure);
    if (failure.code === 'not-authenticated') {
      this.#access.forgetToken();
      if (this.#access.clientCertificate === undefined) return true;
      return await this.#reconnect(signal);
    }
    return this.#wasNeverSent(failure) ? await this.#reconnect(signal) : false;
  }

  async #reconnect(signal: AbortSignal): Promise<boolean> {
    const access = await this.#options.reconnect?.(signal);
    if (access === undefined) return false;
    const dialler = createDialler(access, this.#options.proxyEnvironment);
    if (dialler.fingerprint === this.#dialler.fingerprint) {
      dialler.close();
      return false;
    }
    // The old one is not closed: a log may still be read over it. Its kept sockets end by their idle time-out.
    this.#access = access;
    this.#dialler = dialler;
    this.#diallers.push(dialler);
    this.#knowSecrets();
    return true;
  }

  #knowSecrets(): void {
    this.filter.know(this.#access.clientCertificate?.keyPem);
    const password = this.#access.proxyUrl?.password ?? '';
    this.filter.know(password);
    this.filter.know(percentDecoded(password));
  }
}
