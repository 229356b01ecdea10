import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';
import { startGoogleCloud } from '../sandbox/incident/start-google.ts';

/** Google Cloud with an account that the cluster knows: `gke-gcloud-auth-plugin` by itself impersonates nobody. */
export const play = (folder: string): Promise<PlayedCloud> =>
  startGoogleCloud({ folder, impersonation: 'none' });
