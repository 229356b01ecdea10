import type { Permission } from './permission.ts';

/** A path of the Kubernetes API, taken apart, so that no caller joins strings. */
export interface ResourcePath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export interface ListQuery {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface LogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly instance: 'current' | 'previous';
}

/** Reads of API objects other than Secrets, plus access reviews: all that planning can do. */
export interface ClusterReader {
  /** One object as the server sent it. Throws `not-found`, `not-allowed`, `not-authenticated`, `cluster-*`. */
  get(path: ResourcePath, signal: AbortSignal): Promise<unknown>;
  /** All items of a list, pages joined. */
  list(path: ResourcePath, query: ListQuery, signal: AbortSignal): Promise<readonly unknown[]>;
  /** SelfSubjectAccessReview. `namespace` undefined asks for all namespaces. */
  allowed(
    permission: Permission,
    where: { namespace?: string; name?: string },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** SubjectAccessReview: the same of another user. Throws `not-allowed` where Firebreak may not ask that. */
  allowedFor(
    user: Pick<ClusterUser, 'username' | 'groups'>,
    permission: Permission,
    where: { namespace?: string; name?: string },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Server version, as `gitVersion`. */
  version(signal: AbortSignal): Promise<string>;
}

/** Who the caller is, as the cluster sees it after authentication and impersonation. */
export interface ClusterUser {
  readonly username: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** A rule that holds for the caller, as RBAC writes it: `*` stands for all, no names for every one. */
export interface ClusterRule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  /** With their subresource: `pods/exec`. */
  readonly resources: readonly string[];
  readonly names: readonly string[];
}

export interface ClusterRules {
  readonly rules: readonly ClusterRule[];
  /** `some`: an authorizer decides that lists no rules, such as a webhook. */
  readonly listed: 'all' | 'some';
}

/** A look at the cluster by `firebreak check`: planning never asks who it is. */
export interface ClusterInspector extends ClusterReader {
  /** SelfSubjectReview (v1 since Kubernetes 1.28). Throws `not-found` where the server has none. */
  whoAmI(signal: AbortSignal): Promise<ClusterUser>;
  /** SelfSubjectRulesReview: what holds for the caller in a namespace, and outside of all. */
  rulesIn(namespace: string, signal: AbortSignal): Promise<ClusterRules>;
}

/** How a remote process ended. `unknown`: the stream closed without a Status, so nothing may be concluded. */
export type ExecStatus =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * A running remote process. `stdout` and `stderr` are read by their consumer; one that stops reading pauses the
 * socket. `status` settles after the last byte of both was handed over.
 */
export interface ExecSession {
  readonly protocol: 'v5' | 'v4';
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly status: Promise<ExecStatus>;
  /** Resolves when the bytes were handed to the socket. */
  write(bytes: Uint8Array): Promise<void>;
  /** Half-closes stdin on v5. v4 has no such message: there it does nothing, and the remote needs a bound of its own. */
  endStdin(): void;
  /** Drops the connection. The remote process does not end by this. */
  abort(): void;
}

interface Written {
  readonly path: ResourcePath;
  /** `dry run`: admission and validation decide, nothing is kept (`dryRun=All`). */
  readonly mode: 'dry run' | 'for real';
  readonly signal: AbortSignal;
}

/** One request that changes a cluster, under Firebreak's field manager. */
export type WriteRequest =
  | (Written & {
      readonly method: 'PATCH';
      /** `merge`: RFC 7386. `strategic` joins lists by their keys, as ephemeral containers need it. */
      readonly type: 'merge' | 'strategic';
      readonly body: unknown;
    })
  /** A name that is taken is refused (`conflict`): nothing is ever overwritten. */
  | (Written & { readonly method: 'POST'; readonly body: unknown })
  /** What it made itself goes with it (`propagationPolicy: Background`). */
  | (Written & {
      readonly method: 'DELETE';
      readonly bound: { readonly uid: string; readonly resourceVersion: string };
    });

/** What a verb may use after approval. */
export interface ClusterClient extends ClusterReader {
  /** A container's log as it comes. Throws `not-found` when the previous container has none. */
  logs(query: LogQuery, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  exec(request: ExecRequest): Promise<ExecSession>;
}

/** What changes a cluster. No verb is given it: the flow alone makes changes, each with its intent and its outcome. */
export interface ClusterWriter {
  /**
   * Sent once, never again by itself. Resolves with what the server answered: the object as it is then, or a Status.
   * Throws `conflict` when it names another UID or an older resourceVersion, or a name that is taken.
   */
  write(request: WriteRequest): Promise<unknown>;
}
