import { expect, test } from 'vitest';
import { ephemeralFoothold } from './ephemeral-foothold.ts';
import { footholdLeaves, footholdMethods, footholdRisks } from './foothold-methods.ts';
import { nodePod } from './node-pod.ts';
import { probePod } from './probe-pod.ts';

const IMAGE = `registry.example.com/firebreak-tools@sha256:${'0f'.repeat(32)}`;
const order = { run: 'FB-2026-0007-3', case: 'FB-2026-0007', toolImage: IMAGE, deadlineSeconds: 900 };
const target = (securityContext: object) => ({
  spec: { containers: [{ name: 'app', image: 'i', securityContext }] },
});
const beside = (securityContext: object, level: 'baseline' | 'privileged' | 'restricted') =>
  ({
    kind: 'ephemeral container',
    namespace: 'payments',
    pod: 'x',
    container: ephemeralFoothold(order, target(securityContext), 'app', level),
  }) as const;
const probe = { kind: 'probe pod', job: probePod(order, { namespace: 'probes', awayFrom: '' }) } as const;
const node = { kind: 'node pod', job: nodePod(order, { namespace: 'nodes', node: 'node-a' }) } as const;

test('the plan declares namespace, image by digest, privileges and deadline of each foothold', () => {
  expect(footholdMethods([beside({ runAsUser: 1000 }, 'baseline'), probe, node], order)).toEqual([
    {
      what: `Start ${IMAGE} beside the target in pod/x in payments: user 1000, no capabilities; no service-account token; ends by itself after 15 min`,
      container: 'app',
      creates: 'an ephemeral container, which stays in the pod’s specification',
    },
    {
      what: `Start a probe pod of ${IMAGE} in probes: user 65534, no capabilities; no service-account token; ends by itself after 15 min`,
      creates: 'a Job and its pod; the cluster deletes both 1 min after their end',
    },
    {
      what: `Start a node pod of ${IMAGE} in nodes on node node-a: privileged: root on the node, to enter the network namespace of another pod; sees the processes of the node; no service-account token; ends by itself after 15 min`,
      creates: 'a Job and its pod; the cluster deletes both 1 min after their end',
    },
  ]);
});

test('the privileges are those of the container that will be sent', () => {
  const [unknown] = footholdMethods([beside({}, 'privileged')], { deadlineSeconds: 90 });
  expect(unknown?.what).toContain('user 0, the runtime’s default capabilities and SYS_PTRACE;');
  expect(unknown?.what).toContain('after 90 s');
  const capabilities = { drop: ['MKNOD', 'CHOWN'] };
  const [less] = footholdMethods([beside({ runAsUser: 0, capabilities }, 'baseline')], order);
  expect(less?.what).toContain('user 0, the runtime’s default capabilities without MKNOD, CHOWN;');
  const [least] = footholdMethods([beside({}, 'restricted')], order);
  expect(least?.what).toContain('the image’s or the pod’s user, no capabilities;');
});

test('what remains of a foothold is said of the ephemeral container alone', () => {
  expect(footholdLeaves([probe, node], order)).toEqual([]);
  expect(footholdLeaves([beside({}, 'baseline')], order)).toEqual([
    'An ephemeral container stays in the specification of pod/x in payments for as long as the pod lives: Kubernetes can’t take one away. Its process ends after 15 min.',
  ]);
});

test('that it may not be let into its target is said where the user is not known', () => {
  expect(footholdRisks([beside({ runAsUser: 1000 }, 'restricted'), beside({}, 'privileged'), probe])).toEqual(
    [],
  );
  expect(footholdRisks([beside({}, 'restricted')])).toEqual([
    expect.stringContaining('does not tell the user of container app'),
  ]);
});
