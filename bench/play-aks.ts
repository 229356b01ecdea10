import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';
import { startAzureCloud } from '../sandbox/incident/start-azure.ts';

/** The variable that holds a token for the cluster, for a kubectl without kubelogin. */
export const AKS_BENCH_TOKEN = 'AKS_BENCH_TOKEN';

/** Azure with an app that has a client secret: kubelogin takes one from variables too. */
export const play = async (folder: string): Promise<PlayedCloud> => {
  const azure = await startAzureCloud({ folder, proof: 'client secret' });
  return { ...azure, variables: { ...azure.variables, [AKS_BENCH_TOKEN]: azure.issueToken() } };
};
