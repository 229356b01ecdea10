import { isIP } from 'node:net';
import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { readable } from '../../inspect/readable.ts';
import type { FoundTargets } from './found-targets.ts';

const serviceSchema = z.looseObject({
  spec: z.looseObject({
    clusterIP: z.string().default(''),
    clusterIPs: z.array(z.string()).default([]),
    ports: z.array(z.looseObject({ port: z.int(), protocol: z.string().default('TCP') })).default([]),
  }),
});

const SERVICES = { group: '', version: 'v1', resource: 'services' } as const;

/** Of both families. A headless Service has the word `None`. */
const addressesOf = ({ spec }: z.infer<typeof serviceSchema>): readonly string[] =>
  [...new Set([spec.clusterIP, ...spec.clusterIPs])].filter((address) => isIP(address) !== 0);

/**
 * The cluster's DNS and its API server, by their Services. DNS is found by the label that kube-dns and CoreDNS carry
 * (kubernetes.io, "Customizing DNS Service"), for its name differs.
 */
export const serviceTargets = async (reader: ClusterReader, signal: AbortSignal): Promise<FoundTargets> => {
  const [dns, api] = await Promise.all([
    readable(async () =>
      z
        .array(serviceSchema)
        .parse(
          await reader.list(
            { ...SERVICES, namespace: 'kube-system' },
            { labelSelector: 'k8s-app=kube-dns' },
            signal,
          ),
        ),
    ),
    readable(async () =>
      serviceSchema.parse(
        await reader.get({ ...SERVICES, namespace: 'default', name: 'kubernetes' }, signal),
      ),
    ),
  ]);
  const dnsHosts = dns.kind === 'read' ? [...new Set(dns.value.flatMap(addressesOf))] : [];
  const apiHosts = api.kind === 'read' ? addressesOf(api.value) : [];
  const apiPort = api.kind === 'read' ? (api.value.spec.ports[0]?.port ?? 443) : 443;
  return {
    targets: [
      ...dnsHosts.flatMap(
        (host) =>
          [
            { what: 'cluster DNS', by: 'dns', host, port: 53 },
            { what: 'cluster DNS', by: 'tcp', host, port: 53 },
          ] as const,
      ),
      ...apiHosts.map((host) => ({ what: 'API server', by: 'tcp', host, port: apiPort }) as const),
    ],
    lacking: [
      ...(dnsHosts.length > 0 ? [] : ['The Service of the cluster’s DNS was not found, so it is not tried.']),
      ...(apiHosts.length > 0 ? [] : ['The Service of the API server was not found, so it is not tried.']),
    ],
  };
};
