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
