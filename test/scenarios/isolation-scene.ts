import type { NetworkMode } from '../../sandbox/cluster/network/network-mode.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { createToolImage } from '../../sandbox/cluster/tool-image/create-tool-image.ts';
import { NODES } from './node-execs.ts';
import { type Scenario, type ScenarioOptions, startScenario } from './scenario.ts';
import { APPROVERS } from './scenario-config.ts';

export const TOOL_IMAGE = `registry.example/firebreak/tools@sha256:${'0123456789abcdef'.repeat(4)}`;
export const FOOTHOLDS = 'firebreak-footholds';
const RBAC = 'rbac.authorization.k8s.io';

const tools = createToolImage();
/** Why isolation can't be played on this machine; empty when it can. */
export const lacks = typeof tools === 'string' ? tools : tools.missing;

/** Lets the user of a scenario's Firebreak do what an isolation does. */
export const grantIsolation = (cluster: StandInCluster): void => {
  cluster.addObject({
    ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'firebreak-isolate' } },
    rules: [
      { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
      { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'delete'] },
      {
        apiGroups: ['networking.k8s.io'],
        resources: ['networkpolicies'],
        verbs: ['create', 'get', 'list', 'delete'],
      },
      {
        apiGroups: ['policy.networking.k8s.io'],
        resources: ['adminnetworkpolicies', 'baselineadminnetworkpolicies'],
        verbs: ['create', 'get', 'list', 'delete'],
      },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ],
  });
  cluster.addObject({
    ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'firebreak-isolate' } },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'firebreak-isolate' },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: 'responder' }],
  });
};

export interface IsolationOptions extends Pick<ScenarioOptions, 'config' | 'slack'> {
  readonly network?: NetworkMode;
  readonly denyApi?: 'AdminNetworkPolicy' | 'none';
  /** `none`: whoever asks grants what is printed, and makes the namespaces of footholds. */
  readonly grants?: 'what an isolation does' | 'none';
}

/** An incident whose cluster has a pod network, controllers, and Firebreak's tool image. */
export const startIsolationScenario = async (options: IsolationOptions = {}): Promise<Scenario> => {
  const { network = { enforcement: 'networkpolicy', connections: 'cut' }, denyApi = 'none' } = options;
  const scenario = await startScenario({
    cluster: { network: { ...network, denyApi }, controllers: 'on' },
    slack: { rateLimits: 'off', ...options.slack },
    config: {
      rules: [{ verbs: ['*'], approvals: 1, approvers: [APPROVERS] }],
      ...options.config,
      cluster: { toolImage: TOOL_IMAGE, ...options.config?.cluster },
    },
  });
  const { cluster } = scenario.incident;
  if (typeof tools !== 'string') cluster.addImage(TOOL_IMAGE, tools.image);
  if (options.grants === 'none') return scenario;
  cluster.addObject({
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name: FOOTHOLDS, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  cluster.addObject({
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name: NODES, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
  });
  grantIsolation(cluster);
  return scenario;
};
