import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../sandbox/cluster/api/kube-object.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';

const NAMESPACE = 'payments';
const IMAGE = 'registry.example/tools/proxy:1.9';
const JOB = { app: 'reconcile' };
const APPS = { group: 'apps', namespace: NAMESPACE } as const;

/** What an isolation must know a pod's owner as. */
export const WORKLOADS = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'nothing', 'kubelet'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** Three replicas of `checkout`, a Job, and a pod that kubelet runs from a file, beside what the world has; by owner. */
export const addWorkloads = async (cluster: StandInCluster): Promise<Readonly<Record<Workload, string>>> => {
  cluster.changeObject({ ...APPS, resource: 'deployments', name: 'checkout' }, { spec: { replicas: 3 } });
  const uid = randomUUID();
  cluster.addObject({
    ...{ apiVersion: 'batch/v1', kind: 'Job' },
    metadata: { name: 'reconcile', namespace: NAMESPACE, uid, generation: 1, labels: JOB },
    spec: {
      ...{ completions: 1, parallelism: 1, backoffLimit: 6, selector: { matchLabels: JOB } },
      template: {
        metadata: { labels: JOB },
        spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: IMAGE }] },
      },
    },
  });
  await cluster.addPod({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: 'gateway-node-a', namespace: NAMESPACE, labels: { app: 'gateway' } },
      annotations: { 'kubernetes.io/config.source': 'file', 'kubernetes.io/config.mirror': '3f2a' },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: randomUUID(), controller: true },
      ],
    },
    spec: { nodeName: 'node-a', containers: [{ name: 'app', image: IMAGE }] },
  });
  await cluster.settled();
  const [job] = podsOf(cluster, JOB.app);
  return {
    ReplicaSet: 'x',
    StatefulSet: 'sessions-0',
    DaemonSet: 'log-shipper-5tq2w',
    Job: job?.metadata.name ?? '',
    nothing: 'multi',
    kubelet: 'gateway-node-a',
  };
};

/** Of everything that ever was, the pods of the namespace that are there now; with this label `app` where one is given. */
export const podsOf = (cluster: StandInCluster, app?: string): readonly KubeObject[] => {
  const names = new Set(
    cluster.history.flatMap(({ key }) =>
      key.resource === 'pods' && key.namespace === NAMESPACE ? [key.name] : [],
    ),
  );
  return [...names]
    .flatMap((name) => cluster.object({ group: '', resource: 'pods', namespace: NAMESPACE, name }) ?? [])
    .filter(({ metadata }) => app === undefined || metadata.labels?.['app'] === app);
};

/** What has to stay as it is: which pod it is, what its controller and its Services know it by, and whose it is. */
export const identity = ({ metadata }: KubeObject) => ({
  uid: metadata.uid,
  labels: Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith('firebreak.dev/')),
  ),
  owners: (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind}/${name}`),
});
