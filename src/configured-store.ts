import { awsCredentials } from './clouds/aws/aws-credentials.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { EvidenceStore } from './core/evidence.ts';
import { createDirectoryStore } from './evidence/directory-store.ts';
import { s3Location } from './evidence/s3/s3-keys.ts';
import { withEndpoint } from './evidence/s3/with-endpoint.ts';
import { createS3Store } from './evidence/s3-store.ts';
import type { createPool } from './postgres/create-pool.ts';
import { PostgresUploadJournal } from './postgres/upload-journal.ts';

export interface StoreInit {
  readonly evidence: Config['evidence'];
  readonly pool: ReturnType<typeof createPool>;
  readonly home: string;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The evidence store of the configuration; nothing is asked before it is used. */
export const configuredStore = ({ evidence, pool, home, clock, variables }: StoreInit): EvidenceStore =>
  evidence.kind === 'directory'
    ? createDirectoryStore({ root: evidence.directory })
    : createS3Store({
        settings: evidence.s3,
        credentials: awsCredentials({ region: evidence.s3.region, home, clock, environment: variables }),
        journal: new PostgresUploadJournal({
          pool,
          store: s3Location(withEndpoint(evidence.s3, variables)),
        }),
        clock,
        proxyEnvironment: variables,
      });
