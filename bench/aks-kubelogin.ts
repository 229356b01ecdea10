import type { BenchCloud } from './start-cloud.ts';

/** The app that every managed AKS cluster takes tokens for. */
export const AKS_SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';

/** As `kubelogin convert-kubeconfig -l spn` writes it. */
export const kubeloginArgs = ({ variables }: BenchCloud): readonly string[] => [
  ...['get-token', '--environment', 'AzurePublicCloud', '--server-id', AKS_SERVER_APP, '--login', 'spn'],
  ...['--tenant-id', variables['AZURE_TENANT_ID'] ?? '', '--client-id', variables['AZURE_CLIENT_ID'] ?? ''],
];

/** Go reads another variable than Node for further authorities, and kubelogin another one for the secret. */
export const kubeloginVariables = ({ variables }: BenchCloud): Readonly<Record<string, string>> => ({
  ...variables,
  SSL_CERT_FILE: variables['NODE_EXTRA_CA_CERTS'] ?? '',
  AAD_SERVICE_PRINCIPAL_CLIENT_SECRET: variables['AZURE_CLIENT_SECRET'] ?? '',
});
