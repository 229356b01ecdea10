import { describe, expect, test } from 'vitest';
import { release } from '../../src/verbs/release.ts';
import { heldField, planScene, refusal, type Scene } from './plan-scene.ts';

const APP = { path: ['metadata', 'labels', 'app'], before: 'checkout', after: null };
const pod = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' } as const;

/** A pod whose network is open again, and that an isolation took out of its controller. */
const detached = (ready: 'True' | 'False'): Scene => ({
  object: {
    kind: 'pod',
    spec: { containers: [{ name: 'app' }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
  },
  held: [{ ...heldField(APP, 'FB-2026-0001-1', 'isolate'), object: pod }],
  arguments: { return: 'yes' },
});

describe('a pod that is returned to its controller', () => {
  test('is asked for without complete evidence in vain', async () => {
    expect(await refusal(release, detached('True'))).toMatch(/no complete evidence .*acquire/);
  });

  test('is asked for in vain as long as it is not Ready', async () => {
    expect(await refusal(release, { ...detached('False'), collected: 'complete' })).toContain('is not Ready');
  });

  test('gets the highest deletion cost and its labels', async () => {
    const plan = await planScene(release, { ...detached('True'), collected: 'complete' });
    const names = { run: 'FB-2026-0001-2', case: 'FB-2026-0001' };
    const set = plan.writes?.(names).map((write) => (write.action === 'set' ? write.fields : []));
    // The cost stands before the controller knows the pod again.
    expect(set).toEqual([
      [
        {
          path: ['metadata', 'annotations', 'controller.kubernetes.io/pod-deletion-cost'],
          value: '2147483647',
        },
      ],
      [{ path: APP.path, value: 'checkout' }],
    ]);
    expect(plan).not.toHaveProperty('oneMoreApproval');
  });

  test('needs one more approval where no method can collect the rest', async () => {
    const plan = await planScene(release, { ...detached('True'), collected: 'all that can be' });
    expect(plan.oneMoreApproval).toContain('not all of it can be collected');
  });
});
