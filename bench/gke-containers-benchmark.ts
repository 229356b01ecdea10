import { containersBenchmark } from './cloud-containers-benchmark.ts';

export const gkeContainersBenchmark = containersBenchmark({
  title: 'The containers of a pod by GKE',
  module: new URL('play-gke.ts', import.meta.url),
  kubectl: {
    name: 'kubectl + gke plugin',
    needs: [['gke-gcloud-auth-plugin', '--version']],
    // As `gcloud container clusters get-credentials` writes it where it is told to use the same credentials as Firebreak.
    user: () => ({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        command: 'gke-gcloud-auth-plugin',
        args: ['--use_application_default_credentials'],
        interactiveMode: 'Never',
        provideClusterInfo: true,
      },
    }),
    // Go reads another variable than Node for further authorities.
    variables: ({ variables }) => ({
      ...variables,
      SSL_CERT_FILE: variables['NODE_EXTRA_CA_CERTS'] ?? '',
    }),
  },
});
