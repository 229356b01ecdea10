import { describe, expect, test } from 'vitest';
import type { FieldValue } from '../../src/core/change.ts';
import { madeUid } from '../../src/core/change.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import type { HeldField } from '../../src/core/held-fields.ts';
import { OBJECT_PATH } from '../../src/core/structure.ts';
import type { Intention } from '../../src/core/verb.ts';
import { unhold } from '../../src/verbs/unhold.ts';
import { heldField, planScene, refusal, type Scene, type SceneObject, wanted } from './plan-scene.ts';

const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const CA = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
const KARPENTER = 'karpenter.sh/do-not-disrupt';
const HELD_BY = 'firebreak.dev/held-by';
const RUN = 'FB-2026-0001-1';
const NAME = 'firebreak-fb-2026-0001-1';

const annotation = (key: string, before: FieldValue, after: FieldValue) => ({
  path: ['metadata', 'annotations', key],
  before,
  after,
});
const byHold = (field: Parameters<typeof heldField>[0], verb = 'hold'): HeldField =>
  heldField(field, RUN, verb);
const onPod = [
  byHold({ path: ['metadata', 'labels', HELD_BY], before: null, after: RUN }),
  byHold(annotation(SAFE, 'true', 'false')),
  byHold(annotation(KARPENTER, null, 'true')),
];
const NODE = { kind: 'node', namespace: '', name: 'node-a', uid: 'n' } as const;
const onNode = [CA, KARPENTER].map((key) => ({ ...byHold(annotation(key, null, 'true')), object: NODE }));

const MADE = [
  ['poddisruptionbudget', 'poddisruptionbudgets', 'payments'],
  ['validatingadmissionpolicy', 'validatingadmissionpolicies', ''],
  ['validatingadmissionpolicybinding', 'validatingadmissionpolicybindings', ''],
] as const;
const SPEC = { minAvailable: 1 };
const madeFields = MADE.map(([kind, , namespace]): HeldField => {
  const object = { kind, namespace, name: NAME };
  return {
    ...byHold({ path: OBJECT_PATH, before: null, after: JSON.stringify({ spec: SPEC }) }),
    ...{ object: { ...object, uid: madeUid(object) }, madeUid: `uid of ${kind}` },
  };
});
const there = Object.fromEntries(
  MADE.map(([kind, resource]) => [
    `${resource}/${NAME}`,
    { metadata: { name: NAME, uid: `uid of ${kind}` }, spec: SPEC },
  ]),
);
const node = (annotations: Readonly<Record<string, string>> = { [CA]: 'true', [KARPENTER]: 'true' }) => ({
  metadata: { name: 'node-a', uid: 'n', annotations },
});
const pod = (annotations: Readonly<Record<string, string>> = {}): SceneObject => ({
  kind: 'pod',
  labels: { [HELD_BY]: RUN },
  annotations: { [SAFE]: 'false', [KARPENTER]: 'true', ...annotations },
});
const scene = (more: Partial<Scene> = {}): Scene => ({
  object: pod(),
  objects: { 'nodes/node-a': node(), ...there },
  held: onPod,
  heldElsewhere: [...madeFields, ...onNode],
  ...more,
});

const writesOf = (plan: Intention): readonly string[] =>
  (plan.writes?.({ run: 'FB-2026-0001-2', case: 'FB-2026-0001' }) ?? []).map((write) =>
    write.action === 'take away'
      ? `take away ${write.object.kind}`
      : `${write.action} ${write.action === 'set' ? write.object?.kind : ''}`,
  );

/** The labels and annotations that are written, of the pod and then of the node. */
const keysOf = (plan: Intention): readonly unknown[] =>
  (plan.writes?.({ run: 'r', case: 'c' }) ?? []).flatMap((write) =>
    write.action === 'set' ? write.fields.map(({ path }) => path.at(-1)) : [],
  );

describe('unhold', () => {
  test('takes away what the hold made, and puts back what stood on pod and node before', async () => {
    const plan = await planScene(unhold, scene());
    expect(writesOf(plan)).toEqual([
      'take away validatingadmissionpolicybinding',
      'take away validatingadmissionpolicy',
      'take away poddisruptionbudget',
      'set pod',
      'set node',
    ]);
    expect(plan.alsoTargets).toMatchObject([{ kind: 'node', name: 'node-a', uid: 'n' }]);
    expect(plan.notes[0]).toBe(`It ends what ${RUN} holds.`);
    expect(plan.risks).toEqual([
      'Whoever evicts, deletes or scales may take the pod from then on, and its evidence with it.',
      'Cluster Autoscaler and Karpenter may take the node away, and with it everything that is on it.',
    ]);
  });

  test('puts fields back to what stood there before the hold', async () => {
    const plan = await planScene(unhold, scene());
    const [fields] = (plan.writes?.({ run: 'r', case: 'c' }) ?? []).flatMap((write) =>
      write.action === 'set' && write.object?.kind === 'pod' ? [write.fields] : [],
    );
    expect(fields?.map(({ path, value }) => [path.at(-1), value])).toEqual([
      [HELD_BY, null],
      [SAFE, 'true'],
      [KARPENTER, null],
    ]);
    expect(wanted(plan)).toEqual({});
  });

  test('ends the hold of a contain too, and nothing else that stands there', async () => {
    const contain = { verb: 'contain' };
    const policy = { kind: 'networkpolicy', namespace: 'payments', name: NAME } as const;
    const label = { path: ['metadata', 'labels', 'firebreak.dev/isolated-by'], before: null, after: RUN };
    const isolated = { 'firebreak.dev/isolated-by': RUN };
    const plan = await planScene(
      unhold,
      scene({
        object: { ...pod(), labels: { [HELD_BY]: RUN, ...isolated } },
        held: [...onPod.map((field) => ({ ...field, ...contain })), byHold(label, 'contain')],
        heldElsewhere: [
          ...madeFields.map((field) => ({ ...field, ...contain })),
          {
            ...byHold({ path: OBJECT_PATH, before: null, after: '{}' }, 'contain'),
            object: { ...policy, uid: madeUid(policy) },
          },
          { ...byHold(annotation(CA, null, 'true'), 'cordon'), object: NODE },
        ],
      }),
    );
    expect(writesOf(plan)).toEqual([
      'take away validatingadmissionpolicybinding',
      'take away validatingadmissionpolicy',
      'take away poddisruptionbudget',
      'set pod',
    ]);
    expect(keysOf(plan)).toEqual([HELD_BY, SAFE, KARPENTER]);
  });

  test('shows what someone changed since, and leaves it', async () => {
    const plan = await planScene(
      unhold,
      scene({
        object: pod({ [SAFE]: 'perhaps' }),
        objects: {
          ...there,
          'nodes/node-a': node({ [CA]: 'true', [KARPENTER]: '4h' }),
          [`poddisruptionbudgets/${NAME}`]: {
            metadata: { name: NAME, uid: 'uid of poddisruptionbudget' },
            spec: { minAvailable: 0 },
          },
        },
      }),
    );
    expect(writesOf(plan)).not.toContain('take away poddisruptionbudget');
    expect(keysOf(plan)).toEqual([HELD_BY, KARPENTER, CA]);
    expect(plan.risks).toContain(
      `poddisruptionbudget/${NAME} in payments is not as ${RUN} made it any more: left as it is. By hand: \`kubectl delete poddisruptionbudgets.policy/${NAME} -n payments\`.`,
    );
    expect(plan.risks).toContain(
      `annotation ${SAFE} of pod/x in payments is now \`perhaps\`, was set to \`false\`: left as it is.`,
    );
    expect(plan.risks).toContain(
      `annotation ${KARPENTER} of node/node-a is now \`4h\`, was set to \`true\`: left as it is.`,
    );
  });

  test('tells the ledger of what is gone already, and takes nobody else’s object of that name away', async () => {
    const other = { metadata: { name: NAME, uid: 'another' }, spec: SPEC };
    const objects = { 'nodes/node-a': node(), [`validatingadmissionpolicies/${NAME}`]: other };
    const plan = await planScene(unhold, scene({ objects }));
    expect(plan.notes.filter((note) => note.endsWith('is gone already.'))).toHaveLength(3);
  });

  test('leaves a node held on which another held pod runs, with the command that ends it', async () => {
    const pods = [
      { metadata: { name: 'x', namespace: 'payments', uid: 'u' } },
      { metadata: { name: 'y', namespace: 'shop', uid: 'v' } },
    ];
    const plan = await planScene(unhold, scene({ lists: { pods } }));
    expect(writesOf(plan)).not.toContain('set node');
    expect(plan.risks.join()).toMatch(
      /node\/node-a is left as it is: pod\/y in shop on it is held too\. By hand: `kubectl patch nodes\/node-a /u,
    );
    const alone = await planScene(unhold, scene({ lists: { pods: pods.slice(0, 1) } }));
    expect(writesOf(alone)).toContain('set node');
    const unread = await planScene(unhold, scene({ lists: { pods: 'not-allowed' } }));
    expect(unread.risks.join()).toContain('Whether other held pods are on that node was not looked at');
  });

  test('leaves what it may not end, with the command that does', async () => {
    const forbidden = ['delete validatingadmissionpolicies', 'patch nodes'];
    const plan = await planScene(unhold, scene({ forbidden }));
    expect(writesOf(plan)).toEqual(['take away poddisruptionbudget', 'set pod']);
    expect(plan.risks).toContain(
      `validatingadmissionpolicy/${NAME} is left as it is: Firebreak may not delete it here. By hand: \`kubectl delete validatingadmissionpolicies.admissionregistration.k8s.io/${NAME}\`.`,
    );
    expect(plan.risks.join()).toContain('node/node-a is left as it is: Firebreak may not patch nodes here');
  });

  test('says that a node stays held by another run', async () => {
    const objects = {
      ...there,
      'nodes/node-a': node({ [CA]: 'true', [KARPENTER]: 'true', 'firebreak.dev/run': 'FB-2026-0001-9' }),
    };
    const plan = await planScene(unhold, scene({ objects, heldElsewhere: madeFields }));
    expect(plan.notes).toContain('node/node-a is held by `FB-2026-0001-9` and stays so.');
  });

  test('is refused where nothing of a hold is left', async () => {
    const label = byHold(
      { path: ['metadata', 'labels', 'quarantine'], before: null, after: 'true' },
      'label',
    );
    expect(await refusal(unhold, scene({ held: [label], heldElsewhere: [] }))).toMatch(
      /^conflict: Nothing that Firebreak's hold set or made for pod\/x in payments is left to end\./u,
    );
  });
});

describe('an unhold that runs', () => {
  const field = { path: OBJECT_PATH, before: '{}', after: null };
  const made: Readonly<Record<string, unknown>> = {
    'end budget': { object: madeFields[0]?.object, fields: [field] },
    'end pod': { object: { kind: 'pod', uid: 'u' }, fields: [annotation(SAFE, 'false', null)] },
    'end node': { object: NODE, fields: [annotation(CA, 'true', null)] },
  };
  const run = async (refused?: string) => {
    const steps: string[] = [];
    const context = {
      ...{ target: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' }, progress: () => undefined },
      change: async (step = '') => {
        steps.push(step);
        if (step === refused)
          throw new FirebreakError({ code: 'not-allowed', message: `${step} is not allowed.`, next: '' });
        return made[step] === undefined ? [] : [made[step]];
      },
    };
    const ended = await unhold.execute(Object(context)).catch((thrown: unknown) => thrown);
    return { steps, ended };
  };

  test('says what is gone and what is as it was', async () => {
    expect((await run()).ended).toMatchObject({
      summary: `pod/x in payments is no longer held: poddisruptionbudget/${NAME} in payments is gone, its label and annotations are as they were and the annotations of node/node-a are as they were.`,
    });
  });

  test('ends all it may when one part is refused, and fails with that', async () => {
    const { steps, ended } = await run('end policy');
    expect(steps).toEqual(['end policy', 'end budget', 'end pod', 'end node']);
    expect(ended).toMatchObject({ code: 'not-allowed', message: 'end policy is not allowed.' });
  });
});
