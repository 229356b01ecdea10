import type { Finding } from '../core/finding.ts';
import { podSchema } from '../core/pod.ts';
import { podTarget } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { inspectEvents } from './inspect/events.ts';
import { inspectIdentity } from './inspect/identity.ts';
import { inspectNode } from './inspect/node.ts';
import { describePod } from './inspect/pod.ts';
import { inspectSelectors } from './inspect/selectors.ts';

export const inspect: Verb = {
  name: 'inspect',
  summary: 'Shows a pod, its containers, owner, node, identity, Services, policies and events.',
  effect: 'read',
  kinds: ['pod'],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  onTarget: ['get'],
  permissions: [],
  alsoReads: [
    { verb: 'get', group: '', resource: 'nodes' },
    { verb: 'list', group: '', resource: 'events' },
    { verb: 'list', group: '', resource: 'services' },
    { verb: 'get', group: '', resource: 'serviceaccounts' },
    { verb: 'list', group: 'networking.k8s.io', resource: 'networkpolicies' },
    { verb: 'list', group: 'rbac.authorization.k8s.io', resource: 'rolebindings' },
    { verb: 'list', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
    { verb: 'get', group: 'rbac.authorization.k8s.io', resource: 'roles' },
    { verb: 'get', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  ],
  examples: ['/k8s inspect prod-cluster pod/checkout-5d', '/k8s inspect pod/checkout-5d -n payments'],
  limits: ['API objects only: nothing from inside a container.'],

  plan: async () => ({
    methods: [
      { what: 'Read API objects: pod, node, Services, NetworkPolicies, RBAC, events', creates: 'nothing' },
    ],
    leaves: ['Nothing.'],
    risks: [],
    notes: [],
  }),

  execute: async ({ cluster, target, signal, clock, progress }) => {
    progress({ phase: 'objects', bytes: 0 });
    const { namespace, name } = target;
    const pod = podSchema.parse(
      await cluster.get({ group: '', version: 'v1', resource: 'pods', namespace, name }, signal),
    );
    const parts: readonly (readonly Finding[])[] = await Promise.all([
      describePod(pod, podTarget(target), clock.now()),
      inspectNode(cluster, pod, signal),
      inspectIdentity(cluster, pod, signal),
      inspectSelectors(cluster, pod, signal),
      inspectEvents(cluster, pod, signal),
    ]);
    const names = pod.spec.containers.map((container) => container.name).join(', ');
    return {
      summary: `pod/${name} in ${namespace} is ${pod.status.phase}, with the container${pod.spec.containers.length === 1 ? '' : 's'} ${names}.`,
      findings: parts.flat(),
    };
  },
};
