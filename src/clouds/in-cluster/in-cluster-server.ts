import { isIPv6 } from 'node:net';
import { inClusterProblem } from './in-cluster-problem.ts';

/**
 * The API server as the kubelet names it to every pod, whatever `enableServiceLinks` says. Throws `config-invalid`.
 * Source: Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
 */
export const inClusterServer = (environment: Readonly<Record<string, string | undefined>>): URL => {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || port === '')
    throw inClusterProblem(
      'config-invalid',
      'Firebreak does not run in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set.',
      'The provider in-cluster is for the cluster that Firebreak itself runs in; reach any other by eks, gke, aks or kubeconfig.',
    );
  const url = URL.parse(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  if (url === null || url.pathname !== '/' || url.username !== '')
    throw inClusterProblem(
      'config-invalid',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not an address and a port.',
      'Take them out of the env of the container: the kubelet sets both.',
    );
  return url;
};
