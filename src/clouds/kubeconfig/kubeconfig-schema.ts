import { z } from 'zod';

/** kubectl writes an unset key as null or as an empty text. */
const text = z
  .string()
  .nullish()
  .transform((value) => (value === null || value === '' ? undefined : value));

/**
 * A kubeconfig file, as `k8s.io/client-go/tools/clientcmd/api/v1` defines it: the parts that lead to a cluster. Its
 * entries stay unread until one is chosen, so that another cluster's mistake is no mistake of this one.
 */
export const kubeconfigSchema = z.object({
  'current-context': text,
  clusters: z.array(z.object({ name: z.string(), cluster: z.unknown() })).nullish(),
  users: z.array(z.object({ name: z.string(), user: z.unknown() })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context: z.unknown() })).nullish(),
});
export type Kubeconfig = z.infer<typeof kubeconfigSchema>;

export const contextSchema = z.object({ cluster: z.string(), user: text });

export const clusterSchema = z.object({
  server: z.string(),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'tls-server-name': text,
  'proxy-url': text,
  'insecure-skip-tls-verify': z.boolean().nullish(),
});
export type KubeconfigCluster = z.infer<typeof clusterSchema>;

export const userSchema = z.object({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  password: text,
  as: text,
  exec: z.object({ command: z.string().optional() }).nullish(),
  'auth-provider': z.object({ name: z.string().optional() }).nullish(),
});
export type KubeconfigUser = z.infer<typeof userSchema>;
