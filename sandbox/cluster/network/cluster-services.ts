import type { KubeObject } from '../api/kube-object.ts';
import type { PodManifest } from '../api/pod.ts';
import type { Image } from '../runtime/image.ts';
import { ADDRESSES, PORTS } from './addresses.ts';

const DNS_LABELS = { 'k8s-app': 'kube-dns' };
const SYSTEM = 'kube-system';

export const DNS_IMAGE = 'registry.example/system/dns:1.12';

/** What every cluster has in its network: the API server's Service, the name system's, and the pod behind that. */
export const clusterServices: readonly KubeObject[] = [
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'kubernetes', namespace: 'default' } },
    spec: {
      ...{ type: 'ClusterIP', clusterIP: ADDRESSES.apiService, clusterIPs: [ADDRESSES.apiService] },
      ports: [{ name: 'https', port: 443, targetPort: PORTS.api, protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  },
  {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: {
      ...{ name: 'kubernetes', namespace: 'default' },
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    endpoints: [{ addresses: [ADDRESSES.node], conditions: { ready: true } }],
    ports: [{ name: 'https', port: PORTS.api, protocol: 'TCP' }],
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: { name: 'kube-dns', namespace: SYSTEM, labels: DNS_LABELS },
    spec: {
      ...{ type: 'ClusterIP', clusterIP: ADDRESSES.dnsService, clusterIPs: [ADDRESSES.dnsService] },
      selector: DNS_LABELS,
      ports: [
        { name: 'dns', port: PORTS.dns, targetPort: PORTS.dns, protocol: 'UDP' },
        { name: 'dns-tcp', port: PORTS.dns, targetPort: PORTS.dns, protocol: 'TCP' },
      ],
    },
    status: { loadBalancer: {} },
  },
];

/** Its process only sleeps: the stand-in answers on sockets of the pod's namespace. */
export const dnsImage: Image = {
  ...{ userland: 'none', entrypoint: ['/app/dns', 'infinity'], copies: { '/app/dns': 'sleep' } },
};

export const dnsPod = (nodeName: string): PodManifest => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: 'coredns-5c8d6f7b9-q4x2m', namespace: SYSTEM, labels: DNS_LABELS },
  spec: {
    nodeName,
    containers: [
      {
        ...{ name: 'coredns', image: DNS_IMAGE },
        ports: [
          { name: 'dns', containerPort: PORTS.dns, protocol: 'UDP' },
          { name: 'dns-tcp', containerPort: PORTS.dns, protocol: 'TCP' },
        ],
      },
    ],
  },
});

/** Whether the stand-in answers names in this pod. */
export const isDnsPod = ({ metadata }: Pick<KubeObject, 'metadata'>): boolean =>
  metadata.namespace === SYSTEM && metadata.labels?.['k8s-app'] === DNS_LABELS['k8s-app'];
