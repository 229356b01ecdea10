import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';
import { startAzureCloud } from '../sandbox/incident/start-azure.ts';

/** Azure with an app that has a client secret: kubelogin takes one from the same variables as Firebreak. */
export const play = (folder: string): Promise<PlayedCloud> =>
  startAzureCloud({ folder, proof: 'client secret' });
