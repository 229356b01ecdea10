import { describe, expect, test } from 'vitest';
import type { Playbook } from '../../src/core/playbook.ts';
import type { Intention, Verb } from '../../src/core/verb.ts';
import { contain } from '../../src/verbs/contain.ts';
import { ENTRY, heldField, planScene, refusal, type Scene, type SceneObject } from './plan-scene.ts';

const NAMES = { run: 'FB-2026-0001-2', case: 'FB-2026-0001' };
const HELD_BY = ['metadata', 'labels', 'firebreak.dev/held-by'];

const pod = (more: Partial<SceneObject> = {}): SceneObject => ({
  ...{ kind: 'pod', containers: ['app'] },
  spec: { nodeName: 'node-a', containers: [{ name: 'app' }] },
  status: {
    ...{ phase: 'Running', podIP: '10.244.0.7', podIPs: [{ ip: '10.244.0.7' }] },
    containerStatuses: [{ name: 'app', state: { running: {} } }],
  },
  ...more,
});
const node = (more: { readonly spec?: object; readonly annotations?: object } = {}) => ({
  metadata: { name: 'node-a', uid: 'n', annotations: more.annotations ?? {} },
  spec: more.spec ?? {},
  status: {},
});
const scene = ({ object = pod(), objects, arguments: given, ...more }: Partial<Scene> = {}): Scene => ({
  toolImage: 'registry.example/tools@sha256:0',
  ...more,
  object,
  objects: { 'namespaces/payments': { metadata: { name: 'payments' } }, 'nodes/node-a': node(), ...objects },
  arguments: { container: 'app', ...given },
});
const plan = (more: Partial<Scene> = {}) => planScene(contain, scene(more));
const stepsOf = ({ writes }: Intention): readonly string[] => [
  ...new Set((writes?.(NAMES) ?? []).map(({ step }) => step)),
];
const leftOut = ({ risks }: Intention): readonly string[] =>
  risks.filter((risk) => risk.startsWith('LEFT OUT'));
/** The same verb where the configuration has another playbook. */
const playing = (playbook: Playbook): Verb => ({
  ...contain,
  plan: (context) => contain.plan({ ...context, entry: { ...context.entry, playbook } }),
});

describe('a containment', () => {
  test('writes what each of its steps writes, in their order and under their names', async () => {
    expect(stepsOf(await plan())).toEqual([
      ...['hold/hold pod', 'hold/hold budget', 'hold/hold policy', 'hold/hold node'],
      ...['isolate/look', 'isolate/deny', 'isolate/label', 'label/', 'cordon/'],
    ]);
  });

  test('is planned in the order of the configuration, and with its steps alone', async () => {
    const intention = await planScene(playing(['label', 'isolate']), scene());
    expect(stepsOf(intention)).toEqual(['label/', 'isolate/look', 'isolate/deny', 'isolate/label']);
    expect(intention.notes[0]).toBe('In this order: label ▶ isolate.');
    expect(intention.alsoTargets).toEqual([]);
  });

  test('is bound to its node once, and lets the cordon set what the hold has not set', async () => {
    const { alsoTargets, writes } = await plan();
    expect(alsoTargets).toMatchObject([{ kind: 'node', name: 'node-a', uid: 'n' }]);
    const onNode = (writes?.(NAMES) ?? []).flatMap((write) =>
      write.action === 'set' && write.object?.uid === 'n'
        ? [[write.step, ...write.fields.map(({ path }) => path.at(-1))]]
        : [],
    );
    expect(onNode).toEqual([
      [
        'hold/hold node',
        ...['cluster-autoscaler.kubernetes.io/scale-down-disabled', 'karpenter.sh/do-not-disrupt'],
      ],
      ['cordon/', 'unschedulable'],
    ]);
  });

  test('takes the proof of its isolation', async () => {
    expect((await plan()).proof).toMatchObject({ network: 'pod' });
  });

  test('collects from a container that runs by its own sh, and from no other', async () => {
    const { methods } = await plan();
    expect(methods.filter(({ container }) => container === 'app')).toContainEqual({
      what: 'volatile: Run a collector by `sh -s`, sent on stdin: processes, sockets, mounts; at most 120 s',
      container: 'app',
      creates: 'a short-lived process in the container; no file',
    });
    expect(leftOut(await plan({ arguments: { container: 'other' } }))).toEqual([
      'LEFT OUT: volatile. other is not running, so that nothing can be read from inside it.',
    ]);
  });
});

describe('a step that can’t be planned is left out and named before every risk', () => {
  test.each([
    [
      'a pod that is held already',
      {
        object: pod({ labels: { 'firebreak.dev/held-by': 'FB-2026-0001-1' } }),
        held: [heldField({ path: HELD_BY, before: null, after: 'FB-2026-0001-1' }, 'FB-2026-0001-1', 'hold')],
      },
      'LEFT OUT: hold. pod/x in payments is already held, by FB-2026-0001-1 (hold), so nothing was planned.',
      'hold/',
    ],
    [
      'a pod that carries the label',
      { object: pod({ labels: { quarantine: 'true' } }) },
      'LEFT OUT: label. pod/x in payments already has quarantine=true, so nothing would change.',
      'label/',
    ],
    [
      'a pod that carries another value',
      { object: pod({ labels: { quarantine: 'no' } }) },
      'LEFT OUT: label. pod/x in payments has label quarantine with the value `no`, not `true`; nothing was planned.',
      'label/',
    ],
    [
      'a node that is cordoned, once the hold has set its annotations',
      { objects: { 'nodes/node-a': node({ spec: { unschedulable: true } }) } },
      'LEFT OUT: cordon. node/node-a is already cordoned and held, so nothing would change.',
      'cordon/',
    ],
    [
      'a node that is to be left alone',
      { arguments: { 'no-node': 'yes' } },
      'LEFT OUT: cordon. `--no-node` was said.',
      'cordon/',
    ],
    [
      'a node that may not be patched',
      { forbidden: ['patch nodes'] },
      'LEFT OUT: cordon. Firebreak lacks patch nodes.',
      'cordon/',
    ],
    [
      'a budget that may not be made',
      { forbidden: ['create poddisruptionbudgets'] },
      'LEFT OUT: hold. Firebreak lacks create poddisruptionbudgets.policy.',
      'hold/',
    ],
  ] as const)('for %s', async (_what, more, says, step) => {
    const intention = await plan(more);
    expect(intention.risks[0]).toBe(says);
    expect(leftOut(intention)).toHaveLength(1);
    expect(stepsOf(intention).filter((one) => one.startsWith(step))).toEqual([]);
    expect(stepsOf(intention)).toContain('isolate/deny');
  });

  test('for a node that was there and is gone', async () => {
    const { 'nodes/node-a': _gone, ...objects } = scene().objects ?? {};
    const intention = await planScene(contain, { ...scene(), objects });
    expect(leftOut(intention)).toEqual(['LEFT OUT: cordon. node/node-a is gone, or may not be read.']);
  });

  test('and an isolation that can’t be planned refuses the whole run with its sentence', async () => {
    const { toolImage: _none, ...without } = scene();
    expect(await refusal(contain, without)).toMatch(/^config-invalid: Cluster prod names no toolImage/);
    expect(
      await refusal(
        contain,
        scene({ object: pod({ spec: { hostNetwork: true, containers: [{ name: 'app' }] } }) }),
      ),
    ).toMatch(/^conflict: NOT ENFORCED: it uses the network of its node/);
  });
});

describe('the rules that count', () => {
  test('are those of all its steps, and not of a node that is left alone', () => {
    const asked = (entry: typeof ENTRY, given = {}) => contain.standsFor?.(entry, given);
    expect(asked(ENTRY)).toEqual(['hold', 'inspect', 'acquire', 'isolate', 'label', 'cordon']);
    expect(asked(ENTRY, { 'no-node': 'yes' })).not.toContain('cordon');
    expect(asked({ ...ENTRY, playbook: ['isolate'] })).toEqual(['isolate']);
  });
});
