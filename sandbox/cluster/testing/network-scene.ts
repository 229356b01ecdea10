import { randomUUID } from 'node:crypto';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import type { PodManifest, PodSpec } from '../api/pod.ts';
import type { NetworkMode } from '../network/network-mode.ts';
import type { StandInCluster } from '../stand-in-cluster.ts';
import { startCluster } from '../start-cluster.ts';
import { namespace, node } from '../world/objects.ts';
import type { World } from '../world/world.ts';
import { outputOf } from './exec-over-websocket.ts';

const IMAGE = 'registry.example/tools/echo:1';
export const ECHO_PORT = 7;
export const HTTP_PORT = 8080;
export const ADMIN_PORT = 9090;

export const podOf = (
  ns: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  spec: Partial<PodSpec> = {},
): PodManifest => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: ns, name, labels } },
  spec: {
    nodeName: 'node-a',
    containers: [
      {
        ...{ name: 'app', image: IMAGE },
        ports: [
          { name: 'http', containerPort: HTTP_PORT, protocol: 'TCP' },
          { name: 'admin', containerPort: ADMIN_PORT, protocol: 'TCP' },
        ],
      },
    ],
    ...spec,
  },
});

/** Two namespaces with a client each, and in `shop` a pod `web`. Every pod answers on three ports. */
const networkScene = (): World => ({
  images: {
    [IMAGE]: {
      userland: 'busybox',
      entrypoint: [
        ...['sh', '-c'],
        `nc -ll -p ${HTTP_PORT} -e hostname & nc -ll -p ${ADMIN_PORT} -e hostname & exec nc -ll -p ${ECHO_PORT} -e cat`,
      ],
    },
  },
  objects: [namespace('shop'), namespace('lab'), node('node-a', '10.88.0.1')],
  pods: [
    { manifest: podOf('shop', 'web', { app: 'web' }) },
    { manifest: podOf('shop', 'client', { app: 'client' }) },
    { manifest: podOf('lab', 'client', { app: 'client' }) },
  ],
});

/** Starts the scene with a pod network, and waits until every pod listens. */
export async function startNetworkScene(network: NetworkMode): Promise<StandInCluster> {
  const cluster = await startCluster({ world: networkScene(), network });
  if (cluster.network === 'loopback only') return cluster;
  const ports = [HTTP_PORT, ADMIN_PORT, ECHO_PORT].join(' ');
  const listen = `for port in ${ports}; do until nc -w 1 127.0.0.1 $port </dev/null; do sleep 0.1; done; done`;
  await Promise.all(
    networkScene().pods.map(({ manifest: { metadata } }) =>
      shellIn(cluster, `${metadata.namespace}/${metadata.name}`, listen),
    ),
  );
  return cluster;
}

/** Runs a shell in the pod `namespace/name`. */
export function shellIn(cluster: StandInCluster, pod: string, script: string): Promise<string> {
  const [ns = '', name = ''] = pod.split('/');
  return outputOf(cluster, { namespace: ns, pod: name, command: ['sh', '-c', script] });
}

/** The address of the pod `namespace/name`. */
export function addressOf(cluster: StandInCluster, pod: string): string {
  const [ns = '', name = ''] = pod.split('/');
  return fieldOf(cluster.object({ group: '', resource: 'pods', namespace: ns, name }), 'status.podIP');
}

/** A connection from one pod to the echo port of another that says something five times a second. */
export interface OpenConnection {
  /** How many bytes have come back. */
  readonly echoed: () => Promise<number>;
}

export async function openConnection(
  cluster: StandInCluster,
  from: string,
  to: string,
): Promise<OpenConnection> {
  const file = `/tmp/echoed-${randomUUID()}`;
  const talk = 'while sleep 0.2; do echo tick; done';
  const script = `{ ${talk}; } | nc ${addressOf(cluster, to)} ${ECHO_PORT} > ${file}`;
  await shellIn(cluster, from, `( ${script} ) > /dev/null 2>&1 < /dev/null &`);
  return { echoed: async () => Number(await shellIn(cluster, from, `wc -c < ${file}`)) };
}

/** Those of `targets` that accept a TCP connection from the pod: `namespace/name:port` or `address:port`. */
export async function reached(
  cluster: StandInCluster,
  from: string,
  targets: readonly string[],
): Promise<readonly string[]> {
  const tries = targets.map((target) => {
    const [host = '', port = ''] = target.split(':');
    const address = host.includes('/') ? addressOf(cluster, host) : host;
    return `{ nc -w 1 ${address} ${port} </dev/null >/dev/null 2>&1 && echo ${target}; } &`;
  });
  const output = await shellIn(cluster, from, [...tries, 'wait'].join('\n'));
  return output
    .split('\n')
    .filter((line) => targets.includes(line))
    .sort();
}

export const policy = (name: string, spec: object, ns = 'shop'): KubeObject => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  ...{ metadata: { name, namespace: ns }, spec },
});

/** Puts policies into the cluster for as long as `during` takes. */
export async function withPolicies(
  cluster: StandInCluster,
  policies: readonly KubeObject[],
  during: () => Promise<void>,
): Promise<void> {
  for (const one of policies) cluster.addObject(one);
  await cluster.settled();
  try {
    await during();
  } finally {
    for (const { apiVersion, kind, metadata } of policies) {
      const group = apiVersion.split('/')[0] ?? '';
      const resource = kind === 'NetworkPolicy' ? 'networkpolicies' : 'adminnetworkpolicies';
      cluster.removeObject({ group, resource, namespace: metadata.namespace ?? '', name: metadata.name });
    }
    await cluster.settled();
  }
}
