import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { CloudContext } from '../../core/cloud.ts';
import type { FileWay } from '../access/file-way.ts';
import { tokenClaims } from '../access/token-claims.ts';
import { unreadableReason } from '../access/unreadable-reason.ts';
import type { InClusterOptions } from './in-cluster-options.ts';
import { inClusterProblem } from './in-cluster-problem.ts';
import { inClusterServer } from './in-cluster-server.ts';
import type { MountedAccount } from './mounted-account.ts';

const ENDLESS =
  'The token in this pod never ends: it is one of a Secret (kubernetes.io/service-account-token). Let the kubelet mount a projected token, which it renews.';

const noToken = (path: string, error: unknown): Error =>
  inClusterProblem(
    'cluster-credentials',
    `The service account token ${path} ${unreadableReason(error)}.`,
    unreadableReason(error) === 'does not exist'
      ? 'Set serviceAccountName and automountServiceAccountToken: true in the spec of the pod, where it wins over what the service account says.'
      : 'Give the pod a securityContext with fsGroup, so that the kubelet lets its user read the token.',
  );

const noCa = (path: string, why: string): Error =>
  inClusterProblem(
    'config-invalid',
    `The cluster's CA ${path} ${why}.`,
    'Mount the ConfigMap kube-root-ca.crt of the namespace there, as automountServiceAccountToken does; Firebreak does not go on without a CA.',
  );

const readToken = async (account: MountedAccount, path: string): Promise<string> => {
  const text = await account.read(path).catch((error: unknown) => {
    throw noToken(path, error);
  });
  const token = text.trim();
  if (/^[\x21-\x7e]+$/u.test(token)) return token;
  throw inClusterProblem(
    'cluster-credentials',
    `The service account token ${path} is empty or has characters that no token has.`,
    'Let the kubelet mount it (automountServiceAccountToken: true), and delete the pod so that it is made anew.',
  );
};

const readCa = async (account: MountedAccount, path: string): Promise<string> => {
  const pem = await account.read(path).catch((error: unknown) => {
    throw noCa(path, unreadableReason(error));
  });
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw noCa(path, 'is not a PEM certificate');
  }
};

/** Only a name of this form is told as who Firebreak is. */
const accountOf = (token: string): string | undefined => {
  const name = tokenClaims(token)?.sub;
  return name !== undefined && /^system:serviceaccount:[^:]+:[^:]+$/u.test(name) ? name : undefined;
};

/** Reads what the kubelet told this pod and mounted into it. Throws `config-invalid` and `cluster-credentials`. */
export const readInClusterWay = async (
  account: MountedAccount,
  { server, tlsServerName, proxyUrl }: InClusterOptions,
  { environment }: Pick<CloudContext, 'environment'>,
): Promise<FileWay> => {
  const url = server === undefined ? inClusterServer(environment) : new URL(server);
  const paths = { token: join(account.folder, 'token'), ca: join(account.folder, 'ca.crt') };
  // Before the texts: what is swapped in between is then read again next time.
  const stamps = new Map<string, string>();
  for (const path of Object.values(paths)) stamps.set(path, await account.stamp(path));
  const token = await readToken(account, paths.token);
  const principal = accountOf(token);
  return {
    endpoint: {
      server: url,
      caPem: await readCa(account, paths.ca),
      ...(tlsServerName === undefined ? {} : { tlsServerName }),
      ...(proxyUrl === undefined ? {} : { proxyUrl: new URL(proxyUrl) }),
    },
    token,
    source: `the service account mounted at ${account.folder}`,
    ...(principal === undefined ? {} : { principal }),
    // A projected token says a year and is renewed within the hour, where the cluster extends it: that is no long life.
    warnings: tokenClaims(token)?.exp === undefined ? [ENDLESS] : [],
    stamps,
  };
};
