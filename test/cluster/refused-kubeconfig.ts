import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { TestCluster } from './test-cluster.ts';

const fileSchema = z.looseObject({
  'current-context': z.string().optional(),
  contexts: z.array(
    z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(
    z.looseObject({
      name: z.string(),
      cluster: z.looseObject({ 'certificate-authority': z.string().optional() }),
    }),
  ),
});
const tokenSchema = z.looseObject({ status: z.looseObject({ token: z.string() }) });

const TOKEN_SECONDS = 3600;

/**
 * Makes a service account that may read pods and nothing else, and writes a kubeconfig for it beside the suite's own.
 * Resolves with its path.
 */
export const refusedKubeconfig = async (cluster: TestCluster, folder: string): Promise<string> => {
  const { namespace } = cluster;
  const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespace } as const;
  const accounts = { group: '', version: 'v1', resource: 'serviceaccounts', namespace } as const;
  const name = 'reads-pods-only';
  const metadata = { name, namespace };
  await cluster.add(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await cluster.add(
    { ...rbac, resource: 'roles' },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    },
  );
  await cluster.add(
    { ...rbac, resource: 'rolebindings' },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    },
  );
  const answer = await cluster.add(
    { ...accounts, name, subresource: 'token' },
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  );
  const file = fileSchema.parse(parse(readFileSync(cluster.kubeconfig, 'utf8')));
  const wanted = cluster.context ?? file['current-context'];
  const context = file.contexts.find((one) => one.name === wanted)?.context;
  const entry = file.clusters.find((one) => one.name === context?.cluster)?.cluster;
  if (context === undefined || entry === undefined)
    throw new Error(`${cluster.kubeconfig} has no context ${wanted}`);
  const authority = entry['certificate-authority'];
  const path = join(folder, 'refused.kubeconfig');
  writeFileSync(
    path,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'real',
          cluster: {
            ...entry,
            ...(authority === undefined
              ? {}
              : { 'certificate-authority': resolve(dirname(cluster.kubeconfig), authority) }),
          },
        },
      ],
      users: [{ name, user: { token: tokenSchema.parse(answer).status.token } }],
      contexts: [{ name, context: { cluster: 'real', user: name } }],
      'current-context': name,
    }),
    { mode: 0o600 },
  );
  return path;
};
