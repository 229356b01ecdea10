import { randomBytes } from 'node:crypto';
import type { PodContainer, PodManifest, PodSpec, VolumeSource } from '../api/pod.ts';
import { asList } from '../writes/json-tree.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const TOKEN_EXPIRATION_S = 3607;
const TOLERATED_S = 300;

/** Fills in what the API server and its admission add to a pod: defaults, the service account and its token volume. */
export function admitPod(manifest: PodManifest): PodManifest {
  const { spec } = manifest;
  const hasToken = spec['automountServiceAccountToken'] !== false;
  const volume = `kube-api-access-${randomBytes(3).toString('hex').slice(0, 5)}`;
  const container = (one: PodContainer): PodContainer => ({
    ...one,
    resources: one.resources ?? {},
    volumeMounts: [
      ...(one.volumeMounts ?? []),
      ...(hasToken ? [{ name: volume, readOnly: true, mountPath: TOKEN_PATH }] : []),
    ],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  });
  const account = spec.serviceAccountName ?? 'default';
  const admitted: PodSpec = {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
    ...spec,
    volumes: [...(spec.volumes ?? []), ...(hasToken ? [tokenVolume(volume)] : [])],
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(container) }),
    containers: spec.containers.map(container),
    serviceAccountName: account,
    serviceAccount: account,
    tolerations: [
      ...(asList(spec['tolerations']) ?? []),
      ...['not-ready', 'unreachable'].map((key) => ({
        ...{
          key: `node.kubernetes.io/${key}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: TOLERATED_S,
        },
      })),
    ],
  };
  return { ...manifest, metadata: { generation: 1, ...manifest.metadata }, spec: admitted };
}

const tokenVolume = (name: string): VolumeSource => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: TOKEN_EXPIRATION_S, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
});
