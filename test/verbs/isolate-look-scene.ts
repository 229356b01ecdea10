import type { ClusterReader } from '../../src/core/cluster.ts';
import { type ErrorCode, FirebreakError } from '../../src/core/firebreak-error.ts';
import { permissionName } from '../../src/core/permission.ts';
import { type Pod, podSchema } from '../../src/core/pod.ts';
import { type Look, lookAround } from '../../src/verbs/isolate/look/look-around.ts';
import { targetOf } from './plan-scene.ts';

export const LABEL = 'firebreak.dev/isolated-by';
export const RUN = 'FB-2026-0007-3';
export const NAMESPACE = 'payments';

/** Answers by `resource.group`, and for a single object by `resource/name`. */
export interface LookScene {
  readonly lists?: Readonly<Record<string, readonly object[] | ErrorCode>>;
  readonly gets?: Readonly<Record<string, object | ErrorCode>>;
  /** What the pod's own account may do, as `delete networkpolicies.networking.k8s.io`; or why that can't be asked. */
  readonly account?: readonly string[] | ErrorCode;
  /** What the run would not be allowed, as `create adminnetworkpolicies.policy.networking.k8s.io`. */
  readonly refused?: readonly string[];
}

/** Groups that every cluster serves. */
const SERVED = ['', 'apps', 'batch', 'policy', 'networking.k8s.io', 'discovery.k8s.io'];

const failure = (code: ErrorCode): FirebreakError =>
  new FirebreakError({ code, message: `It failed: ${code}.`, next: 'Do something.' });

const answered = <Value extends object>(answer: Value | ErrorCode): Value => {
  if (typeof answer === 'string') throw failure(answer);
  return answer;
};

/** A cluster that serves what every cluster does, with nothing in it but what the scene says. */
export const sceneReader = ({ lists = {}, gets = {}, account = [] }: LookScene = {}) => {
  const asked: string[] = [];
  const users: string[] = [];
  const reader: ClusterReader = {
    get: async ({ resource, name = '' }) => {
      if (name === '') throw new Error('no object is without a name');
      asked.push(`get ${resource}/${name}`);
      return answered<object>(gets[`${resource}/${name}`] ?? 'not-found');
    },
    list: async ({ group, resource, namespace = 'everywhere' }, { labelSelector = '' }) => {
      asked.push(`list ${resource}.${group} ${namespace} ${labelSelector}`.trim());
      const known = group === '' ? resource : `${resource}.${group}`;
      return answered<readonly unknown[]>(lists[known] ?? (SERVED.includes(group) ? [] : 'not-found'));
    },
    allowed: () => Promise.reject(new Error('nobody asks for itself here')),
    allowedFor: async ({ username, groups }, permission, { namespace = 'everywhere' }) => {
      users.push(`${username} ${groups.join()} in ${namespace}`);
      return answered<readonly string[]>(account).includes(permissionName(permission));
    },
    version: async () => 'v1.36.2',
  };
  return { reader, asked, users };
};

export interface ScenePod {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `ReplicaSet/checkout-5d`. */
  readonly controller?: string;
  readonly spec?: object;
  readonly status?: object;
}

export const rawPod = ({ labels = { app: 'checkout' }, annotations = {}, controller, ...more }: ScenePod) => {
  const [kind = '', name = ''] = controller?.split('/') ?? [];
  return {
    metadata: {
      ...{ name: 'x', namespace: NAMESPACE, uid: 'u', labels, annotations },
      ownerReferences:
        controller === undefined
          ? []
          : [{ apiVersion: 'apps/v1', kind, name, uid: 'owner', controller: true }],
    },
    spec: { nodeName: 'node-a', serviceAccountName: 'checkout', containers: [{ name: 'app' }], ...more.spec },
    status: {
      ...{ phase: 'Running', podIP: '10.1.2.3' },
      containerStatuses: [{ name: 'app', ready: true, started: true }],
      ...more.status,
    },
  };
};

export const scenePod = (pod: ScenePod = {}): Pod => podSchema.parse(rawPod(pod));

export const { signal } = new AbortController();

export const look = async (pod: ScenePod = {}, scene: LookScene = {}): Promise<Look> =>
  await lookAround(
    {
      ...{ cluster: sceneReader(scene).reader, target: targetOf({ kind: 'pod' }), object: rawPod(pod) },
      mayRun: async (permission) => (scene.refused?.includes(permissionName(permission)) ? 'no' : 'yes'),
      signal,
    },
    { label: LABEL },
  );

const named = (name: string, namespace?: string) => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});

export const networkPolicy = (name: string, spec: object) => ({ ...named(name, NAMESPACE), spec });
export const adminPolicy = (name: string, spec: object) => ({
  ...named(name),
  spec: { priority: 10, subject: { namespaces: {} }, ...spec },
});
export const ciliumPolicy = (name: string, spec: object, namespace?: string) => ({
  ...named(name, namespace),
  spec,
});
export const calicoPolicy = ciliumPolicy;

export const daemonSet = (name: string, containers: readonly object[] = []) => ({
  metadata: { name },
  spec: { template: { spec: { containers } } },
});
