import type { Clock } from './clock.ts';
import type { FirebreakError } from './firebreak-error.ts';
import type { Provider } from './provider.ts';

/**
 * Planning uses `read`; `act` and `node` (what reaches a node or its machine) are assumed only after approval, for one run.
 * The one exception is `firebreak check` on the host: whoever runs it holds every credential, and it asks by each identity
 * what that one may. A check from the chat asks by `read` alone.
 */
export const IDENTITIES = ['read', 'act', 'node'] as const;
export type Identity = (typeof IDENTITIES)[number];

/** The approved run that an identity is assumed for: the cloud's and the cluster's audit logs carry it where they can. */
export interface OnBehalfOf {
  readonly run: string;
  readonly case: string;
  /** Slack's ids of people. */
  readonly requester: string;
  readonly approvers: readonly string[];
}

/** Who Firebreak is, as its provider says it. */
export interface CloudCaller {
  /** Where the credentials came from, for people: `the environment`, `the profile incident`. */
  readonly source: string;
  /** As the provider names it: an ARN, an e-mail, an object id. Absent where nobody says. */
  readonly principal?: string;
  /** Whole sentences: a credential that lives too long, one that belongs to a person. */
  readonly warnings: readonly string[];
}

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
  /** Asks the provider who this is. Throws what `connect` throws. */
  caller(signal: AbortSignal): Promise<CloudCaller>;
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
  /** For `act` and `node`; absent when planning, and when `firebreak check` looks, on the host by any of them. */
  readonly onBehalfOf?: OnBehalfOf;
  /** Home directory for `~`, and the folder relative paths start from. */
  readonly home: string;
  readonly baseDir: string;
  readonly clock: Clock;
  /** The process's variables, for what a provider's SDK reads: AWS_PROFILE, HTTPS_PROXY, NO_PROXY, … */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How RBAC names an identity: the subject of a binding. */
export interface RbacSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace?: string;
}

/** Something to be granted outside the cluster, ready to be applied: an IAM policy, the command of an access entry. */
export interface CloudGrant {
  /** One line that says what it is for. */
  readonly title: string;
  readonly format: 'json' | 'yaml' | 'shell';
  readonly text: string;
}

/** The least that an identity needs of its provider, and who it then is inside the cluster. */
export interface CloudGrants {
  readonly subject: RbacSubject;
  readonly grants: readonly CloudGrant[];
}

/**
 * The part that every provider has: the way to a cluster. `options` are its keys in `firebreak.yml`, already merged with
 * the identity's own.
 */
export interface CloudAccess {
  /** Variables whose whole value is a secret, if they are set: kept out of every log. */
  readonly secretVariables: readonly string[];
  /** Parses the provider's keys; throws zod's error with the path of each problem. */
  readonly readOptions: (options: unknown) => unknown;
  /** Throws `config-invalid`, `cluster-credentials`, `cluster-unreachable`, each a sentence that says what to do. */
  connect(options: unknown, context: CloudContext, signal: AbortSignal): Promise<ClusterAccess>;
  /** Asks nobody: what is printed by `firebreak permissions`. */
  grants(options: unknown, context: Pick<CloudContext, 'cluster' | 'identity'>): CloudGrants;
}

/**
 * One provider. Beside `access`, which every one has, it may have the parts of `CloudPart`, each under its name, with an
 * interface and a file of its own; what a verb misses of them is a sentence on the card.
 */
export interface Cloud {
  readonly provider: Provider;
  readonly access: CloudAccess;
}
