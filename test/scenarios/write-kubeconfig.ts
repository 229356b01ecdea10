import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';

/** Writes a kubeconfig with a context for each user, by the user's name; the first is the current one. */
export const writeKubeconfigFor = (
  cluster: StandInCluster,
  path: string,
  users: readonly string[],
  /** Keys of a user instead of their token, such as `tokenFile`. */
  credentials: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): void =>
  writeFileSync(
    path,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'stand-in',
          cluster: {
            server: cluster.url,
            'certificate-authority-data': Buffer.from(cluster.caPem).toString('base64'),
          },
        },
      ],
      users: users.map((name) => ({ name, user: credentials[name] ?? { token: cluster.token(name) } })),
      contexts: users.map((name) => ({
        name,
        context: { cluster: 'stand-in', user: name, namespace: 'payments' },
      })),
      'current-context': users[0],
    }),
    { mode: 0o600 },
  );
