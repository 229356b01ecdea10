import { kubeconfigProblem } from './kubeconfig-problem.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-schema.ts';

const INSTEAD =
  'Use a service account token (token or tokenFile) or a client certificate, or the provider eks, gke or aks where this version has it.';

const OPENSHIFT =
  'Use a service account: `oc create token firebreak -n firebreak --duration=24h` into a tokenFile, renewed by a job.';

/** Plugins that belong to a provider of Firebreak's own. */
const providerOf = (command: string): string | undefined => {
  if (/(^|\/)(aws|aws-iam-authenticator)(\.exe)?$/u.test(command)) return 'eks';
  if (/(^|\/)gke-gcloud-auth-plugin(\.exe)?$/u.test(command)) return 'gke';
  if (/(^|\/)kubelogin(\.exe)?$/u.test(command)) return 'aks';
  return undefined;
};

/**
 * Refuses what Firebreak never does: TLS without verification, a program for credentials, a password, another's name.
 * Throws `config-invalid` or `cluster-credentials`, with what to use instead.
 */
export const refuseCredentials = (cluster: KubeconfigCluster, user: KubeconfigUser, path: string): void => {
  if (cluster['insecure-skip-tls-verify'] === true) {
    throw kubeconfigProblem(
      'config-invalid',
      `The kubeconfig ${path} asks for insecure-skip-tls-verify, and Firebreak always verifies TLS.`,
      "Put the cluster's CA into certificate-authority-data; if only the name differs, set tls-server-name.",
    );
  }
  if (user.exec !== undefined && user.exec !== null) {
    const command = user.exec.command ?? '';
    const provider = providerOf(command);
    const instead = /(^|\/)oc(\.exe)?$/u.test(command) ? OPENSHIFT : INSTEAD;
    throw kubeconfigProblem(
      'cluster-credentials',
      `The kubeconfig ${path} gets its credentials from the program "${command}", and Firebreak starts no programs.`,
      provider === undefined
        ? instead
        : `Use \`provider: ${provider}\` where this version has it, or a service account token (token or tokenFile).`,
    );
  }
  if (user['auth-provider'] !== undefined && user['auth-provider'] !== null) {
    throw kubeconfigProblem(
      'cluster-credentials',
      `The kubeconfig ${path} uses the auth-provider "${user['auth-provider'].name ?? ''}", which Kubernetes removed in 1.26.`,
      INSTEAD,
    );
  }
  if (user.username !== undefined || user.password !== undefined) {
    throw kubeconfigProblem(
      'cluster-credentials',
      `The kubeconfig ${path} holds a user name and password, which Kubernetes no longer accepts since 1.19.`,
      INSTEAD,
    );
  }
  if (user.as !== undefined) {
    throw kubeconfigProblem(
      'cluster-credentials',
      `The kubeconfig ${path} acts as another user (as), which would hide Firebreak in the cluster's audit log.`,
      'Give Firebreak an identity of its own, with the permissions that `firebreak permissions` prints.',
    );
  }
};
