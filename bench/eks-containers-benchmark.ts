import { containersBenchmark } from './cloud-containers-benchmark.ts';

export const eksContainersBenchmark = containersBenchmark({
  title: 'The containers of a pod by EKS',
  module: new URL('play-eks.ts', import.meta.url),
  kubectl: {
    name: 'kubectl + aws',
    needs: [['aws', '--version']],
    // As `aws eks update-kubeconfig` writes it.
    user: ({ keys }) => ({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        command: 'aws',
        args: [
          ...['--region', keys['region'], 'eks', 'get-token', '--cluster-name', keys['name']],
          ...['--output', 'json'],
        ],
        interactiveMode: 'Never',
      },
    }),
    // A token names the real STS, which the AWS CLI would replace by the stand-in's address.
    variables: ({ variables }) => ({
      ...variables,
      AWS_ENDPOINT_URL_STS: '',
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
    }),
  },
});
