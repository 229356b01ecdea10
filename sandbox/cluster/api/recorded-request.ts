/** One request as the server saw it, kept for checkers that ask what was done to the cluster. */
export interface RecordedRequest {
  readonly at: Date;
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** Empty when the caller could not be identified. */
  readonly user: string;
  /** Whom the caller acts as, where it may; as an audit log's `impersonatedUser`. */
  readonly impersonated?: {
    readonly user: string;
    readonly groups: readonly string[];
    readonly extra: Readonly<Record<string, readonly string[]>>;
  };
  readonly userAgent: string;
  /** The RBAC verb and resource (`pods/exec`), empty for paths that are not resources. */
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly upgrade: boolean;
  /** Of a request that writes: its body, as sent; of protobuf, the JSON of the same object. */
  readonly body?: string;
  /** The answered status; absent while there is none, and for an upgrade that the API server let through. */
  readonly status?: number;
}
