import { parse } from 'yaml';
import { z } from 'zod';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { checkClientCertificate } from '../access/client-certificate.ts';
import { isCertificate } from '../access/is-certificate.ts';
import type { LocalAccount } from './aks-endpoint.ts';

/** What of the kubeconfig that Azure hands out is used. Its `exec`, which would start kubelogin, is not even read. */
export interface AksKubeconfig {
  readonly server: URL;
  readonly caPem: string;
  readonly account: LocalAccount;
}

const resultSchema = z.object({ kubeconfigs: z.array(z.object({ value: z.string() })).min(1) });
const kubeconfigSchema = z.object({
  clusters: z
    .array(z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }))
    .min(1),
  users: z
    .array(
      z.object({
        user: z
          .object({
            'client-certificate-data': z.string().optional(),
            'client-key-data': z.string().optional(),
            token: z.string().optional(),
          })
          .nullish(),
      }),
    )
    .default([]),
});

const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

/** YAML's own errors quote the text, which can hold a key. */
const yaml = (text: string): unknown => {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads the answer of listClusterUserCredential. Throws `cluster-answer`; `cluster-credentials` for a certificate that
 * does not belong to its key. Source: Azure REST API reference, ManagedClusters ListClusterUserCredentials.
 */
export const readAksKubeconfig = (body: unknown, what: string): AksKubeconfig => {
  const unusable = (): FirebreakError =>
    new FirebreakError({
      code: 'cluster-answer',
      message: `Azure's user credential of the ${what} names no https server with a CA.`,
      next: 'Look at it by `az aks get-credentials --file -`; if it stays so, reach the cluster by provider: kubeconfig.',
    });
  const result = resultSchema.safeParse(body);
  const config = kubeconfigSchema.safeParse(
    result.success ? yaml(decoded(result.data.kubeconfigs[0]?.value ?? '')) : undefined,
  );
  const cluster = config.data?.clusters[0]?.cluster;
  const server = URL.parse(cluster?.server ?? '');
  const caPem = decoded(cluster?.['certificate-authority-data'] ?? '');
  if (server === null || server.protocol !== 'https:' || !isCertificate(caPem)) throw unusable();
  const user = config.data?.users[0]?.user ?? {};
  const { 'client-certificate-data': certificate, 'client-key-data': key, token } = user;
  return {
    server,
    caPem,
    account: {
      kind: 'local account',
      token: token === '' ? undefined : token,
      certificate:
        certificate === undefined || key === undefined
          ? undefined
          : checkClientCertificate(decoded(certificate), decoded(key)),
    },
  };
};
