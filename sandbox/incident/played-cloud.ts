/** A cloud on 127.0.0.1 that leads to the stand-in cluster. */
export interface PlayedCloud extends AsyncDisposable {
  /** For the stand-in cluster: for which of its users a bearer token of this cloud is. */
  readonly authenticateToken: (token: string) => string | undefined;
  /** Says at the cloud's API where the cluster is. */
  describe(cluster: { readonly url: string; readonly caPem: string }): void;
  /** `clusters:` of the configuration: the provider and its keys. */
  readonly cluster: Readonly<Record<string, unknown>>;
  /** What leads a Firebreak process here. */
  readonly variables: Readonly<Record<string, string>>;
}
