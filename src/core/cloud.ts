import type { Clock } from './clock.ts';
import type { FirebreakError } from './firebreak-error.ts';
import type { Provider } from './provider.ts';

/** Planning uses `read`; `act` is assumed only after approval. */
export const IDENTITIES = ['read', 'act'] as const;
export type Identity = (typeof IDENTITIES)[number];

/**
 * A verified way to one cluster's API server: where it is, whom to trust, how to authenticate. Held in memory only.
 * PEM texts. An absent `caPem` means the publicly trusted roots.
 */
export interface ClusterAccess {
  readonly server: URL;
  readonly caPem?: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: URL;
  readonly clientCertificate?: { readonly certPem: string; readonly keyPem: string };
  /**
   * A bearer token that is valid for at least the next minute; undefined with a client certificate. Throws
   * `cluster-credentials`, and `cluster-unreachable` when the provider meanwhile names another address or CA: this
   * access is then over, no new token goes to the old address, and `connect` gives the next one.
   */
  token(signal: AbortSignal): Promise<string | undefined>;
  /** Forgets a token that the server refused, so that the next call fetches a new one. */
  forgetToken(): void;
  /**
   * What the provider knows of a failure that the cluster's API met: that no access entry names this identity, that
   * the endpoint is private. Gives `failure` itself where it knows nothing. Rejects with the signal's reason alone.
   */
  explain?(failure: FirebreakError, signal: AbortSignal): Promise<FirebreakError>;
}

/** What `firebreak.yml` says of a cluster beyond its provider's own keys. */
export interface CloudContext {
  readonly cluster: string;
  readonly identity: Identity;
  /** Home directory for `~`, and the folder relative paths start from. */
  readonly home: string;
  readonly baseDir: string;
  readonly clock: Clock;
  /** The process's variables, for what a provider's SDK reads: AWS_PROFILE, HTTPS_PROXY, NO_PROXY, … */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * One provider. `options` are its keys in `firebreak.yml`, already merged with the identity's own.
 * Throws `config-invalid`, `cluster-credentials`, `cluster-unreachable`, each a sentence that says what to do.
 */
export interface Cloud {
  readonly provider: Provider;
  /** Parses the provider's keys; throws zod's error with the path of each problem. */
  readonly readOptions: (options: unknown) => unknown;
  connect(options: unknown, context: CloudContext, signal: AbortSignal): Promise<ClusterAccess>;
}
