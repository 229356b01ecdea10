import { expect, test } from 'vitest';
import { pastTheRules } from './past-the-rules.ts';

const pod = (...containers: readonly (readonly [string, object])[]) => ({
  spec: { containers: containers.map(([name, securityContext]) => ({ name, securityContext })) },
});

test('raw frames are a risk unless the capability for them is dropped, since runtimes give it by default', () => {
  expect(pastTheRules({ spec: { containers: [{ name: 'app' }] } })).toEqual([
    'What runs in container app may hold CAP_NET_RAW, and can then write raw frames past the rules in its network namespace: only a policy that its node enforces stops those.',
  ]);
  expect(pastTheRules(pod(['app', { capabilities: { drop: ['ALL'] } }]))).toEqual([]);
  expect(pastTheRules(pod(['app', { capabilities: { drop: ['CAP_NET_RAW'] } }]))).toEqual([]);
  expect(pastTheRules(pod(['app', { capabilities: { add: ['NET_RAW'], drop: ['ALL'] } }]))).toHaveLength(1);
});

test('whoever may administer the network there can take the rules away', () => {
  const says = pastTheRules(
    pod(
      ['app', { capabilities: { drop: ['ALL'] } }],
      ['mesh', { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } }],
      ['root', { privileged: true }],
    ),
  );
  expect(says[0]).toContain('What runs in containers mesh and root with CAP_NET_ADMIN can take the rules');
  expect(says[1]).toContain('What runs in container root may hold CAP_NET_RAW');
});

test('an init container counts where it runs beside the others', () => {
  const proxy = {
    name: 'proxy',
    securityContext: { capabilities: { add: ['NET_ADMIN'], drop: ['NET_RAW'] } },
  };
  const quiet = { name: 'app', securityContext: { capabilities: { drop: ['ALL'] } } };
  const of = (init: object) => pastTheRules({ spec: { containers: [quiet], initContainers: [init] } });
  expect(of(proxy)).toEqual([]);
  expect(of({ ...proxy, restartPolicy: 'Always' })).toEqual([
    expect.stringContaining('container proxy with CAP_NET_ADMIN'),
  ]);
});
