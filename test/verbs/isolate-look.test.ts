import { describe, expect, test } from 'vitest';
import { permissionName } from '../../src/core/permission.ts';
import { LOOK_READS, lookAround } from '../../src/verbs/isolate/look/look-around.ts';
import {
  daemonSet,
  LABEL,
  type LookScene,
  look,
  networkPolicy,
  RUN,
  rawPod,
  type ScenePod,
  sceneReader,
  signal,
} from './isolate-look-scene.ts';
import { targetOf } from './plan-scene.ts';

const NET = 'networkpolicies.networking.k8s.io';
const DAEMONS = 'daemonsets.apps';
const LABELS = { app: 'checkout', 'pod-template-hash': '5d' };
const replicaSet = {
  metadata: { name: 'checkout-5d', uid: 'owner' },
  spec: { selector: { matchLabels: LABELS }, replicas: 3 },
  status: { readyReplicas: 3 },
};
const service = { metadata: { name: 'checkout' }, spec: { selector: { app: 'checkout' } } };
const liveness = { containers: [{ name: 'app', livenessProbe: { httpGet: { port: 80 } } }] };

const ofReplicaSet: ScenePod = { labels: LABELS, controller: 'ReplicaSet/checkout-5d', spec: liveness };
const shop: LookScene = {
  lists: {
    [DAEMONS]: [daemonSet('calico-node')],
    'replicasets.apps': [replicaSet],
    services: [service],
    [NET]: [networkPolicy('open', { podSelector: { matchLabels: { app: 'checkout' } }, ingress: [{}] })],
    'networkpolicies.crd.projectcalico.org': [],
    'globalnetworkpolicies.crd.projectcalico.org': [],
  },
  gets: { 'replicasets/checkout-5d': replicaSet, 'namespaces/payments': { metadata: {} } },
  account: ['patch pods'],
};

describe('a look around', () => {
  test('says what enforces, what lets something through, what is denied, and what that does to others', async () => {
    const seen = await look(ofReplicaSet, shop);
    expect(seen).toMatchObject({
      network: 'own',
      engine: { kind: 'found', engines: [{ name: 'Calico' }] },
      openings: [{ name: 'open', allows: ['ingress'] }],
      deny: { kind: 'outranking', by: 'caliconetworkpolicy' },
      connections: 'kept',
      probes: [{ container: 'app', restartedAfterSeconds: 31 }],
      controller: { kind: 'known' },
      detach: { byDefault: 'detach', detach: { kind: 'possible', keys: ['app'] } },
    });
    expect(seen.deny.policies({ run: RUN }).map(({ kind }) => kind)).toEqual([
      'networkpolicy',
      'caliconetworkpolicy',
    ]);
    expect(seen.says.detach).toEqual({
      risks: [
        'Connections that are open now are not cut by the policy: this engine lets them go on until they end.',
        'Container app: if its liveness probe fails, kubelet restarts it after about 31 s, and its processes and memory are lost.',
        'Those probes come from the pod’s own node, which a NetworkPolicy always lets in by its definition; not every engine keeps to that.',
        'Its service account checkout may patch pods in payments: whoever has its token elsewhere, a sibling of this pod too, can undo the isolation.',
        'ReplicaSet/checkout-5d lets go of it and starts another pod in its place.',
        'Service/checkout stops sending traffic to it.',
        'NetworkPolicy/open no longer applies to it.',
      ],
      notes: [
        'Network policies are enforced here by Calico.',
        'NetworkPolicy/open selects it, and allows ingress.',
        'Not installed here: AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy, CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.',
        'NetworkPolicy/open allows traffic beside a NetworkPolicy, so that a NetworkPolicy of Calico which outranks it denies all too.',
        'Never cut: what comes from its own node, which the definition of NetworkPolicy lets in, and traffic among its own containers, which passes no policy.',
        'It is detached once it is proven cut off: ReplicaSet/checkout-5d starts another pod in its place, and leaves this one alone.',
        'A pod that is started in its place has the same image, and so the same hole.',
        'Ready pods of ReplicaSet/checkout-5d beside it: 2 of 3.',
        'Service/checkout loses this endpoint.',
        'No endpoint of Service/checkout is ready beside it: nobody else answers there.',
      ],
    });
    expect(seen.says.keep.risks).toEqual(seen.says.detach.risks.slice(0, 4));
    expect(seen.says.keep.notes).toContain(
      'ReplicaSet/checkout-5d starts no other pod in its place while it keeps its labels.',
    );
  });

  test('says that nothing that enforces was found, and goes on', async () => {
    const seen = await look({}, { lists: { [DAEMONS]: [daemonSet('aws-node')] } });
    expect(seen.deny.kind).toBe('plain');
    expect(seen.says.keep.risks).toEqual([
      'Nothing that enforces network policies was found here: the policy agent of Amazon VPC CNI is off. The policies are accepted and may do nothing; the proof decides.',
      'Whether connections that are open now are cut by the policy is not known of what enforces it here.',
      'No container has a liveness or startup probe, so that kubelet restarts none for being cut off.',
    ]);
  });

  test.each([
    [
      { 'eks.amazonaws.com/compute-type': 'auto' },
      /^Its node is of EKS Auto Mode, whose own engine no DaemonSet shows/,
    ],
    [
      { 'eks.amazonaws.com/compute-type': 'fargate' },
      /^Its node is of Fargate, where EKS enforces no network policies/,
    ],
    [{ type: 'virtual-kubelet' }, /^Its node is a virtual one/],
  ])('says what is different on the pod’s own node: %j', async (labels, sentence) => {
    const on = async (node: NonNullable<LookScene['gets']>[string]) =>
      (await look({}, { gets: { 'nodes/node-a': node } })).says.keep.risks[1] ?? '';
    expect(await on({ metadata: { labels } })).toMatch(sentence);
    for (const node of [{ metadata: { labels: { zone: 'a' } } }, 'not-allowed', 'not-found'] as const)
      expect(await on(node)).not.toMatch(/^Its node/);
    await expect(on('cluster-timeout')).rejects.toMatchObject({ code: 'cluster-timeout' });
  });

  test.each([
    ['antrea-agent', 'those of crd.antrea.io'],
    ['anetd', 'FQDNNetworkPolicies'],
    ['cilium', undefined],
  ])('names the kinds of policy of %s that are not looked at: %s', async (name, kinds) => {
    const seen = (await look({}, { lists: { [DAEMONS]: [daemonSet(name)] } })).says.keep.risks.join();
    if (kinds === undefined) expect(seen).not.toContain('of a kind of its own');
    else expect(seen).toContain(`may allow something beside the deny: ${kinds}.`);
  });

  test('tells the network of the node apart, and makes no policy for it', async () => {
    const seen = await look({ spec: { hostNetwork: true } });
    expect(seen.network).toBe('of the node');
    expect(seen.says.keep.risks.slice(0, 1)).toEqual([
      'It uses the network of its node: no policy for pods holds it, and what it does looks like the node’s own traffic.',
    ]);
    expect(seen.says.keep.risks).toContain('Cordon the node, and isolate the machine in its cloud.');
    expect(seen.deny.policies({ run: RUN })).toEqual([]);
  });

  test('rests on no policy that the run may not make, and says so', async () => {
    const refused = ['create networkpolicies.crd.projectcalico.org'];
    const { deny, says } = await look(ofReplicaSet, { ...shop, refused });
    expect(deny.policies({ run: RUN }).map(({ kind }) => kind)).toEqual(['networkpolicy']);
    expect(says.keep.risks).toContain(
      'Firebreak may not make a NetworkPolicy of Calico, which would outrank NetworkPolicy/open.',
    );
  });

  test('goes on with every read refused, and says each in words', async () => {
    const lists = Object.fromEntries(
      LOOK_READS.filter(({ verb }) => verb === 'list').map(({ group, resource }) => [
        group === '' ? resource : `${resource}.${group}`,
        'not-allowed' as const,
      ]),
    );
    const gets = {
      'namespaces/payments': 'not-allowed',
      'replicasets/checkout-5d': 'not-allowed',
    } as const;
    const { says, detach } = await look(ofReplicaSet, { lists, gets, account: 'not-allowed' });
    expect(detach).toMatchObject({ byDefault: 'keep', detach: { kind: 'impossible' } });
    const all = [...says.keep.risks, ...says.keep.notes].join('\n');
    expect(all).toContain(
      'could not be looked at, since Firebreak lacks list daemonsets.apps in kube-system',
    );
    expect(all).toContain('since Firebreak may not list networkpolicies.networking.k8s.io');
    expect(all).toContain('list globalnetworkpolicies.crd.projectcalico.org');
    expect(all).toContain('which Services send traffic to it');
    expect(all).toContain('which PodDisruptionBudgets count it');
    expect(all).toContain('may undo the isolation could not be asked');
    expect(all).toContain('what ReplicaSet/checkout-5d does to a pod that it loses is not known here');
    expect(all).not.toContain('No policy selects it');
  });

  test('reads no more than it declares, and nothing but reads', async () => {
    const { reader, asked } = sceneReader(shop);
    const context = {
      cluster: reader,
      target: targetOf({ kind: 'pod' }),
      object: rawPod(ofReplicaSet),
      mayRun: async () => 'yes' as const,
      signal,
    };
    await lookAround(context, { label: LABEL });
    const declared = LOOK_READS.map(permissionName);
    const groups = new Map(LOOK_READS.map(({ verb, group, resource }) => [`${verb} ${resource}`, group]));
    for (const line of asked) {
      const [verb = '', what = ''] = line.split(' ');
      const [resource = '', ...group] = what.split(verb === 'get' ? '/' : '.');
      const of = verb === 'get' ? (groups.get(`get ${resource}`) ?? '?') : group.join('.');
      expect(declared).toContain(`${verb} ${resource}${of === '' ? '' : `.${of}`}`);
    }
    expect(new Set(declared).size).toBe(declared.length);
  });

  test.each([
    [
      'no address yet',
      { status: { podIP: '', phase: 'Pending' }, spec: { nodeName: '' } },
      'It has no address yet: there is nothing to prove before it runs.',
    ],
    [
      'ended',
      { status: { phase: 'Failed' } },
      'None of its containers runs any more: there is nothing to cut off.',
    ],
  ])('says of a pod that has %s that there is little to do', async (_, pod, sentence) => {
    expect((await look(pod)).says.keep.risks[0]).toBe(sentence);
  });

  test('says how a policy comes or goes by the run’s own label', async () => {
    const by = (name: string, operator: string) =>
      networkPolicy(name, { podSelector: { matchExpressions: [{ key: LABEL, operator }] }, ingress: [{}] });
    const lists = { [NET]: [by('until', 'DoesNotExist'), by('from', 'Exists')] };
    expect((await look({}, { lists })).says.keep.notes).toEqual(
      expect.arrayContaining([
        'NetworkPolicy/until selects it no more once it is labelled.',
        'NetworkPolicy/from will select it once it is labelled, and allows ingress.',
      ]),
    );
  });

  test('says that all traffic is allowed where no policy selects it', async () => {
    expect((await look()).says.keep.notes).toContain('No policy selects it: all its traffic is allowed now.');
  });
});
