import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceAccountFile } from '../google/service-account-file.ts';
import { startGoogle } from '../google/start-google.ts';
import { startInternet } from '../internet/start-internet.ts';
import type { PlayedCloud } from './played-cloud.ts';

const WHERE = { project: 'shop-prod', location: 'europe-west1' } as const;
const STARTER = 'firebreak@tools.iam.gserviceaccount.com';
const RESPONDER = 'responder@shop-prod.iam.gserviceaccount.com';

export interface GoogleOptions {
  /** For the key and the CA of the played internet. */
  readonly folder: string;
  /** Left out, Firebreak acts as the account whose key it has: `gke-gcloud-auth-plugin` by itself impersonates nobody. */
  readonly impersonation?: 'none';
  /** Of the cluster. */
  readonly name?: string;
}

/** Google Cloud on 127.0.0.1 with a GKE cluster, and a service account that may reach it by impersonating another. */
export const startGoogleCloud = async ({
  folder,
  impersonation,
  name = 'prod',
}: GoogleOptions): Promise<PlayedCloud> => {
  await using starting = new AsyncDisposableStack();
  const internet = starting.use(await startInternet());
  const google = starting.use(await startGoogle({ internet }));
  const { accounts, container, authenticator } = google;
  const key = accounts.addKey(accounts.addServiceAccount(STARTER));
  accounts.addServiceAccount(RESPONDER);
  accounts.letImpersonate(STARTER, RESPONDER);
  const actsAs = impersonation === 'none' ? STARTER : RESPONDER;
  container.allow(actsAs);
  authenticator.bind(actsAs, 'responder');
  const keyFile = join(folder, 'key.json');
  const caFile = join(folder, 'internet.pem');
  await writeFile(keyFile, serviceAccountFile(key), { mode: 0o600 });
  await writeFile(caFile, internet.caPem);
  const running = starting.move();
  return {
    authenticateToken: (token) => authenticator.userOf(token),
    describe: ({ url, caPem }) =>
      container.put({ ...WHERE, name, status: 'RUNNING', endpoint: new URL(url).host, caPem }),
    cluster: {
      provider: 'gke',
      ...WHERE,
      name,
      ...(impersonation === 'none' ? {} : { impersonate: RESPONDER }),
    },
    variables: {
      GOOGLE_APPLICATION_CREDENTIALS: keyFile,
      NODE_EXTRA_CA_CERTS: caFile,
      HTTPS_PROXY: internet.proxyUrl,
      NO_PROXY: '127.0.0.1,localhost',
      // Nobody's own credentials are looked at, and no real metadata server.
      CLOUDSDK_CONFIG: join(folder, 'no-gcloud'),
      GCE_METADATA_HOST: google.metadataHost,
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
