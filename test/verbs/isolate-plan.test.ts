import { describe, expect, test } from 'vitest';
import { isolate } from '../../src/verbs/isolate.ts';
import { planScene, refusal, type Scene, type SceneObject } from './plan-scene.ts';

const RUNNING = {
  ...{ phase: 'Running', podIP: '10.244.0.7', podIPs: [{ ip: '10.244.0.7' }] },
  containerStatuses: [{ name: 'app', state: { running: {} } }],
};

const sceneOf = (object: Partial<SceneObject> = {}, more: Partial<Scene> = {}): Scene => ({
  toolImage: 'registry.example/tools@sha256:0',
  objects: { 'namespaces/payments': { metadata: { name: 'payments' } } },
  ...more,
  object: {
    ...{ kind: 'pod', containers: ['app'], status: RUNNING },
    spec: { nodeName: 'node-a', containers: [{ name: 'app' }] },
    ...object,
  },
});

describe('an isolation is not planned', () => {
  test('to detach and to keep at once', async () => {
    expect(await refusal(isolate, sceneOf({}, { arguments: { detach: 'yes', keep: 'yes' } }))).toContain(
      '`--detach` and `--keep` were both said.',
    );
  });

  test('of a pod that uses the network of its node, which is said to be NOT ENFORCED', async () => {
    const spec = { nodeName: 'node-a', hostNetwork: true, containers: [{ name: 'app' }] };
    expect(await refusal(isolate, sceneOf({ spec }))).toMatch(/NOT ENFORCED: .* Cordon the node/);
  });

  test('of a pod in which no container runs', async () => {
    expect(await refusal(isolate, sceneOf({ containers: [] }))).toContain('No container of pod/x runs');
  });

  test('without a tool image, and the sentence says how it is built', async () => {
    const { toolImage: _none, ...scene } = sceneOf();
    expect(await refusal(isolate, scene)).toMatch(/deploy\/tool-image/);
  });

  test('of a static pod with a container beside it, which Kubernetes does not take', async () => {
    const annotations = { 'kubernetes.io/config.mirror': '3f2a' };
    expect(await refusal(isolate, sceneOf({ annotations }))).toContain('Ask with `--probe-with-target`');
    const { writes } = await planScene(
      isolate,
      sceneOf({ annotations }, { arguments: { 'probe-with-target': 'yes' } }),
    );
    const wanted = writes?.({ run: 'FB-2026-0001-1', case: 'FB-2026-0001' }) ?? [];
    expect(wanted.map(({ action }) => action)).not.toContain('add container');
    expect(wanted.map(({ step }) => step)).toContain('label');
  });
});

test('the suspect’s own programs are used only where the plan names the container', async () => {
  const own = await planScene(isolate, sceneOf({}, { arguments: { 'probe-with-target': 'yes' } }));
  expect(own.methods.map(({ what }) => what).join()).toContain('in container app of the suspect itself');
  const tools = await planScene(isolate, sceneOf());
  expect(tools.methods.map(({ what }) => what).join()).not.toContain('of the suspect itself');
});
