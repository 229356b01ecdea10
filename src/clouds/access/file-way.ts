import type { ClusterAccess } from '../../core/cloud.ts';

/** What one reading of the files that lead to a cluster said, with the state of every file that was read. */
export interface FileWay {
  readonly endpoint: Pick<
    ClusterAccess,
    'server' | 'caPem' | 'tlsServerName' | 'proxyUrl' | 'clientCertificate'
  >;
  readonly token: string | undefined;
  /** Where the credentials came from, and whose they are where they say so, for people. */
  readonly source: string;
  readonly principal?: string;
  readonly warnings: readonly string[];
  /** Path to stamp. */
  readonly stamps: ReadonlyMap<string, string>;
}
