/** An OAuth 2.0 access token, held in memory only. */
export interface GoogleToken {
  readonly text: string;
  /** By this machine's clock. */
  readonly endsAt: Date;
}

/** A token, and whose it is. */
export interface GoogleIdentity {
  readonly token: GoogleToken;
  /** Where the credentials came from, for people: `the service account key /etc/firebreak/key.json`. */
  readonly source: string;
  /** An e-mail, where the source itself says it. */
  readonly email?: string | undefined;
  /** Whole sentences. */
  readonly warnings: readonly string[];
}
