import { describe, expect, test } from 'vitest';
import { hold } from '../../src/verbs/hold.ts';
import { planScene, type Scene, type SceneObject } from './plan-scene.ts';

const pod = (more: Partial<SceneObject> = {}): SceneObject => ({ kind: 'pod', ...more });
const node = (labels: Readonly<Record<string, string>> = {}) => ({
  metadata: { name: 'node-a', uid: 'n', labels },
});
const scene = (object: SceneObject, more: Partial<Scene>): Scene => ({
  object,
  objects: { 'nodes/node-a': node() },
  ...more,
});

describe('the card of a hold says what it can’t stop here:', () => {
  const risksOf = async (object: SceneObject, more: Partial<Scene> = {}) =>
    (await planScene(hold, scene(object, more))).risks.join('\n');

  test.each([
    ['eks.amazonaws.com/capacityType', 'SPOT', /Spot machine: .* two minutes/u],
    ['cloud.google.com/gke-spot', 'true', /Spot machine: .* 30 seconds/u],
    ['kubernetes.azure.com/scalesetpriority', 'spot', /Spot machine: .* 30 seconds/u],
    [
      'karpenter.sh/nodepool',
      'default',
      /Of its node: Karpenter still takes it when it expires \(`expireAfter`\)/u,
    ],
  ])('what the node’s label %s=%s means', async (key, value, says) => {
    expect(await risksOf(pod(), { objects: { 'nodes/node-a': node({ [key]: value }) } })).toMatch(says);
    expect(await risksOf(pod())).not.toMatch(says);
  });

  test('the pod’s own deadline, with the time at which it ends', async () => {
    const object = pod({
      spec: { activeDeadlineSeconds: 3600 },
      status: { startTime: '2026-11-21T09:00:00Z' },
    });
    expect(await risksOf(object)).toContain(
      'Its activeDeadlineSeconds is 3600: kubelet ends its containers, at 2026-11-21T10:00:00Z, whatever holds it.',
    );
    expect(await risksOf(pod())).not.toContain('activeDeadlineSeconds');
  });

  test('the end and the removal of the Job above it', async () => {
    const object = pod({ owners: ['Job/nightly'] });
    const job = { spec: { activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 100 } };
    const objects = { 'nodes/node-a': node(), 'jobs/nightly': job };
    const risks = await risksOf(object, { objects });
    expect(risks).toContain(
      'Job/nightly has activeDeadlineSeconds 60: then it deletes it unless the policy denies that.',
    );
    expect(risks).toContain(
      'Job/nightly has ttlSecondsAfterFinished 100: so long after its end the Job is removed',
    );
    expect(await risksOf(object)).toContain('Job/nightly could not be read');
  });

  test('who scales it down, and whether that is denied', async () => {
    const object = pod({ owners: ['ReplicaSet/checkout'] });
    expect(await risksOf(object)).toContain(
      'ReplicaSet/checkout deletes pods directly when it scales down or rolls out: only the policy stops that.',
    );
    expect(await risksOf(object, { arguments: { 'no-admission': 'yes' } })).toContain(
      'rolls out: nothing stops that.',
    );
  });

  test('that kubelet runs it from a file', async () => {
    const mirror = pod({ annotations: { 'kubernetes.io/config.mirror': 'hash' } });
    expect(await risksOf(mirror)).toContain('Kubelet runs it from a file on its node');
    expect(await risksOf(pod())).not.toContain('from a file');
  });

  test('its priority, its restarts and its QoS class', async () => {
    const risks = await risksOf(
      pod({
        spec: {
          ...{ priority: 100, priorityClassName: 'batch', restartPolicy: 'OnFailure' },
          containers: [{ name: 'app', livenessProbe: { exec: {} } }, { name: 'side' }],
        },
        status: { phase: 'Running', qosClass: 'BestEffort' },
      }),
    );
    expect(risks).toContain('its priority is 100 (batch)');
    expect(risks).toContain('whose liveness probe fails (app), by restartPolicy OnFailure');
    expect(risks).toContain('its QoS class is BestEffort');
    expect(risks).toMatch(/neither Spot reclaim, repair and upgrade of nodes and Karpenter's expireAfter/u);
    expect(risks).toContain('Deleting the namespace payments waits for that too.');
  });
});
