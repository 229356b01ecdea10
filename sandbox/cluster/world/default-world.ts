import { randomUUID } from 'node:crypto';
import type { KubeObject, OwnerReference } from '../api/kube-object.ts';
import type { PodManifest, PodSpec } from '../api/pod.ts';
import { DEFAULT_IMAGES } from './images.ts';
import { namespace, node, type PodEvent, secret, serviceAccount } from './objects.ts';
import { otherWorkloads } from './other-workloads.ts';
import type { World, WorldPod } from './world.ts';

const NS = 'payments';
const CHECKOUT_IMAGE = 'registry.example/payments/checkout:4.2.1';
const PROXY_IMAGE = 'registry.example/tools/proxy:1.9';
const LEDGER_IMAGE = 'registry.example/payments/ledger:2.0-distroless';
const CHECKOUT_LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };
const REPLICA_SET = 'checkout-7d9f8b6c54';

const pod = (
  ns: string,
  name: string,
  spec: PodSpec,
  labels: Readonly<Record<string, string>> = {},
  owner?: OwnerReference,
): PodManifest => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name, namespace: ns, labels, ...(owner === undefined ? {} : { ownerReferences: [owner] }) },
  spec,
});

const ownedBy = (apiVersion: string, kind: string, name: string, uid: string): OwnerReference => ({
  ...{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true },
});

const checkoutSpec: PodSpec = {
  nodeName: 'node-a',
  serviceAccountName: 'checkout',
  containers: [
    {
      name: 'app',
      image: CHECKOUT_IMAGE,
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      env: [
        { name: 'STORE', value: 'eu-1' },
        { name: 'PAYMENT_API_KEY', valueFrom: { secretKeyRef: { name: 'checkout-keys', key: 'api-key' } } },
      ],
      resources: { limits: { memory: '256Mi' }, requests: { memory: '128Mi', cpu: '100m' } },
      volumeMounts: [
        { name: 'keys', mountPath: '/etc/checkout/keys', readOnly: true },
        { name: 'scratch', mountPath: '/scratch' },
      ],
    },
  ],
  volumes: [
    { name: 'keys', secret: { secretName: 'checkout-keys' } },
    { name: 'scratch', emptyDir: {} },
  ],
};

function workload(): { readonly objects: readonly KubeObject[]; readonly owner: OwnerReference } {
  const deploymentUid = randomUUID();
  const replicaSetUid = randomUUID();
  const { nodeName: _node, ...templateSpec } = checkoutSpec;
  const template = { metadata: { labels: CHECKOUT_LABELS }, spec: templateSpec };
  const counts = { replicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 };
  const objects: readonly KubeObject[] = [
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: {
        name: 'checkout',
        namespace: NS,
        uid: deploymentUid,
        generation: 1,
        labels: { app: 'checkout' },
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'checkout' } },
        template,
        strategy: { type: 'RollingUpdate' },
      },
      status: { ...counts, updatedReplicas: 1 },
    },
    {
      ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
      metadata: {
        ...{ name: REPLICA_SET, namespace: NS, uid: replicaSetUid, generation: 1, labels: CHECKOUT_LABELS },
        ownerReferences: [ownedBy('apps/v1', 'Deployment', 'checkout', deploymentUid)],
      },
      spec: { replicas: 1, selector: { matchLabels: CHECKOUT_LABELS }, template },
      status: { ...counts, fullyLabeledReplicas: 1 },
    },
  ];
  return { objects, owner: ownedBy('apps/v1', 'ReplicaSet', REPLICA_SET, replicaSetUid) };
}

const surroundings = (): readonly KubeObject[] => [
  ...['default', 'kube-system', NS, 'staging'].map(namespace),
  node('node-a', '10.88.0.1', { 'eks.amazonaws.com/nodegroup': 'payments' }),
  node('node-b', '10.88.0.2', {
    'karpenter.sh/nodepool': 'default',
    'karpenter.sh/capacity-type': 'on-demand',
  }),
  ...[serviceAccount(NS, 'default'), serviceAccount(NS, 'checkout'), serviceAccount('staging', 'default')],
  secret(NS, 'checkout-keys', { 'api-key': 'sk_live_stand_in_0123456789', 'tls.key': 'not a real key\n' }),
  {
    ...{
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'checkout', namespace: NS, labels: { app: 'checkout' } },
    },
    spec: {
      ...{
        type: 'ClusterIP',
        clusterIP: '10.96.12.7',
        clusterIPs: ['10.96.12.7'],
        selector: { app: 'checkout' },
      },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  },
  {
    ...{
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'allow-web', namespace: NS },
    },
    spec: {
      ...{ podSelector: { matchLabels: { app: 'checkout' } }, policyTypes: ['Ingress'] },
      ingress: [{ ports: [{ port: 8080, protocol: 'TCP' }] }],
    },
  },
  {
    ...{
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'checkout', namespace: NS },
    },
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }],
  },
  {
    ...{
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'checkout', namespace: NS },
    },
    subjects: [{ kind: 'ServiceAccount', name: 'checkout', namespace: NS }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'checkout' },
  },
];

const otherPods: readonly WorldPod[] = [
  {
    manifest: pod(
      NS,
      'multi',
      {
        nodeName: 'node-b',
        containers: [
          {
            name: 'app',
            image: CHECKOUT_IMAGE,
            securityContext: { runAsUser: 1000, runAsGroup: 1000 },
            command: ['sh', '-c', 'echo started; echo warn >&2; exec sleep 86400'],
          },
          { name: 'sidecar', image: PROXY_IMAGE },
        ],
      },
      { app: 'multi' },
    ),
  },
  {
    manifest: pod(
      NS,
      'noshell',
      { nodeName: 'node-a', containers: [{ name: 'app', image: LEDGER_IMAGE }] },
      { app: 'ledger' },
    ),
  },
  { manifest: pod(NS, 'pending', { containers: [{ name: 'app', image: PROXY_IMAGE }] }, { app: 'pending' }) },
  {
    manifest: pod(
      NS,
      'crasher',
      { nodeName: 'node-b', containers: [{ name: 'app', image: PROXY_IMAGE }] },
      { app: 'crasher' },
    ),
    waiting: {
      app: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 5m0s restarting failed container=app pod=crasher_payments',
        exitCode: 1,
        log: ['crasher: cannot open /data/ledger.db', 'crasher: giving up'],
      },
    },
  },
  {
    manifest: pod(
      'staging',
      'x',
      { nodeName: 'node-b', containers: [{ name: 'app', image: PROXY_IMAGE }] },
      { app: 'other' },
    ),
  },
];

/**
 * The incident's scene: namespace `payments` with the Deployment `checkout`, whose one pod is `x`, beside a pod with a
 * sidecar, one without a shell, one that is pending, one that crashes, one of a StatefulSet and one of a DaemonSet; and
 * another pod `x` in `staging`. The node `node-a` is of an EKS node group, `node-b` of Karpenter.
 */
export function createDefaultWorld(): World {
  const { objects, owner } = workload();
  const others = otherWorkloads(NS, PROXY_IMAGE);
  const x = { manifest: pod(NS, 'x', checkoutSpec, CHECKOUT_LABELS, owner) };
  return {
    images: DEFAULT_IMAGES,
    objects: [...surroundings(), ...objects, ...others.objects],
    pods: [x, ...otherPods, ...others.pods],
    podEvents: [
      event('x', 'Normal', 'Scheduled', 'Successfully assigned payments/x to node-a'),
      event('x', 'Normal', 'Pulled', `Container image "${CHECKOUT_IMAGE}" already present on machine`),
      event('x', 'Normal', 'Started', 'Started container app'),
      event(
        'pending',
        'Warning',
        'FailedScheduling',
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
      ),
      event(
        'crasher',
        'Warning',
        'BackOff',
        'Back-off restarting failed container app in pod crasher_payments',
      ),
    ],
  };
}

const event = (name: string, type: PodEvent['type'], reason: string, message: string): PodEvent => ({
  ...{ namespace: NS, pod: name, type, reason, message },
});
