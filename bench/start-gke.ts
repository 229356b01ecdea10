import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';
import { startGoogleCloud } from '../sandbox/incident/start-google.ts';
import { expectEqual } from './contender.ts';

/** What leads Google's own programs to the stand-in: gcloud by settings of its own, the plugin as Go programs are led. */
const ofGoogleTools = (variables: PlayedCloud['variables'], folder: string): Record<string, string> => {
  const proxy = new URL(variables['HTTPS_PROXY'] ?? '');
  const caFile = variables['NODE_EXTRA_CA_CERTS'] ?? '';
  return {
    SSL_CERT_FILE: caFile,
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: caFile,
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
    CLOUDSDK_PROXY_TYPE: 'http',
    CLOUDSDK_PROXY_ADDRESS: proxy.hostname,
    CLOUDSDK_PROXY_PORT: proxy.port,
  };
};

const activate = async (keyFile: string, variables: Readonly<Record<string, string>>): Promise<void> => {
  const child = spawn('gcloud', ['auth', 'activate-service-account', '--key-file', keyFile], {
    stdio: 'ignore',
    env: { ...process.env, ...variables },
  });
  const [code] = await Promise.race([once(child, 'close'), once(child, 'error').then(() => ['missing'])]);
  if (code !== 'missing') expectEqual('exit code of gcloud', code, 0);
};

/**
 * Google Cloud with an account that the cluster knows, and gcloud, where it is installed, logged in as it:
 * `gke-gcloud-auth-plugin` asks gcloud for tokens, and by itself impersonates nobody.
 */
export const startGke = async (folder: string, name: string): Promise<PlayedCloud> => {
  const cloud = await startGoogleCloud({ folder, name, impersonation: 'none' });
  const variables = { ...cloud.variables, ...ofGoogleTools(cloud.variables, folder) };
  await activate(variables['GOOGLE_APPLICATION_CREDENTIALS'] ?? '', variables);
  return { ...cloud, variables, [Symbol.asyncDispose]: () => cloud[Symbol.asyncDispose]() };
};
