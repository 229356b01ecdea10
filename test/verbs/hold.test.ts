import { describe, expect, test } from 'vitest';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import type { Intention, WantedWrite } from '../../src/core/verb.ts';
import { hold } from '../../src/verbs/hold.ts';
import { heldField, planScene, refusal, type Scene, type SceneObject, wanted } from './plan-scene.ts';

const SAFE = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const CA = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
const KARPENTER = 'karpenter.sh/do-not-disrupt';
const HELD_BY = 'firebreak.dev/held-by';
const RUN = 'FB-2026-0001-2';
const NAMES = { run: RUN, case: 'FB-2026-0001' };

const pod = (more: Partial<SceneObject> = {}): SceneObject => ({ kind: 'pod', ...more });
const node = (
  labels: Readonly<Record<string, string>> = {},
  annotations: Readonly<Record<string, string>> = {},
) => ({ metadata: { name: 'node-a', uid: 'n', labels, annotations } });
const scene = (object: SceneObject = pod(), more: Partial<Scene> = {}): Scene => ({
  object,
  objects: { 'nodes/node-a': node() },
  ...more,
});
const writesOf = (plan: Intention): readonly WantedWrite[] => plan.writes?.(NAMES) ?? [];
const made = (plan: Intention, kind: string) =>
  writesOf(plan).find((write) => write.action === 'make' && write.kind === kind);
const onNode = (plan: Intention): unknown =>
  writesOf(plan).flatMap((write) =>
    write.action === 'set' && write.object?.kind === 'node'
      ? write.fields.map(({ path, value }) => [path.at(-1), value])
      : [],
  );

describe('hold', () => {
  test('labels the pod with its run, and tells both autoscalers to leave pod and node', async () => {
    const plan = await planScene(hold, scene());
    expect(wanted(plan)).toEqual({ [HELD_BY]: RUN, [SAFE]: 'false', [KARPENTER]: 'true' });
    expect(onNode(plan)).toEqual([
      [CA, 'true'],
      [KARPENTER, 'true'],
    ]);
    expect(plan.alsoTargets).toMatchObject([{ kind: 'node', name: 'node-a', uid: 'n' }]);
  });

  test('makes a budget that selects the run’s label alone, named after the run', async () => {
    expect(made(await planScene(hold, scene()), 'poddisruptionbudget')).toMatchObject({
      ...{ namespace: 'payments', name: 'firebreak-fb-2026-0001-2' },
      body: { spec: { minAvailable: 1, selector: { matchLabels: { [HELD_BY]: RUN } } } },
    });
  });

  test('makes a policy that denies the deletion of this UID and the eviction of this name', async () => {
    const plan = await planScene(hold, scene());
    const spec = Object(made(plan, 'validatingadmissionpolicy')).body.spec;
    expect(spec.failurePolicy).toBe('Ignore');
    expect(spec.matchConstraints.namespaceSelector).toEqual({
      matchLabels: { 'kubernetes.io/metadata.name': 'payments' },
    });
    expect(spec.validations.map(({ expression }: { readonly expression: string }) => expression)).toEqual([
      "request.operation != 'DELETE' || !(oldObject.metadata.uid in ['u'])",
      "request.operation != 'CREATE' || !(request.name in ['x'])",
    ]);
    expect(made(plan, 'validatingadmissionpolicybinding')).toMatchObject({
      body: { spec: { policyName: 'firebreak-fb-2026-0001-2', validationActions: ['Deny'] } },
    });
  });

  test('sets no finalizer', async () => {
    expect(JSON.stringify(writesOf(await planScene(hold, scene())))).not.toContain('finalizer');
  });

  test.each([
    {
      what: '--no-admission was said',
      more: { arguments: { 'no-admission': 'yes' } },
      why: '`--no-admission` was said',
    },
    {
      what: 'it may not be made',
      more: { forbidden: ['create validatingadmissionpolicybindings'] },
      why: 'Firebreak may not make, read and delete them here',
    },
    {
      what: 'it could not be taken away again',
      more: { forbidden: ['delete validatingadmissionpolicies'] },
      why: 'Firebreak may not make, read and delete them here',
    },
    {
      what: 'the cluster has none',
      more: { version: 'v1.29.8-eks-1234567' },
      why: 'the cluster is older than Kubernetes 1.30 and has none',
    },
  ])('leaves the policy out where $what, and says it', async ({ more, why }) => {
    const plan = await planScene(hold, scene(pod(), more));
    expect(made(plan, 'validatingadmissionpolicy')).toBeUndefined();
    expect(made(plan, 'validatingadmissionpolicybinding')).toBeUndefined();
    expect(plan.risks[0]).toBe(
      `No ValidatingAdmissionPolicy is made: ${why}. A plain deletion is not stopped.`,
    );
    expect(plan.risks).toContain('Anyone who may delete pods can delete it: a budget stops evictions alone.');
    expect(plan.methods.map(({ what }) => what).join()).not.toContain('ValidatingAdmissionPolicy');
  });

  test('plans the policy and the node where nobody can know yet whether the run may', async () => {
    const plan = await planScene(hold, scene(pod(), { identities: 'read and act' }));
    expect(made(plan, 'validatingadmissionpolicy')).toBeDefined();
    expect(onNode(plan)).toHaveLength(2);
  });

  test.each([
    { what: '--no-node was said', more: { arguments: { 'no-node': 'yes' } }, why: '`--no-node` was said' },
    {
      what: 'it may not be patched',
      more: { forbidden: ['patch nodes'] },
      why: 'Firebreak may not patch nodes here',
    },
    {
      what: 'it may not be read',
      more: { objects: { 'nodes/node-a': 'not-allowed' } },
      why: 'the node is gone, or may not be read',
    },
  ] as const)('leaves the node alone where $what, and says it', async ({ more, why }) => {
    const plan = await planScene(hold, scene(pod(), more));
    expect(onNode(plan)).toEqual([]);
    expect(plan.alsoTargets).toEqual([]);
    expect(plan.risks).toContain(`The node is not held: ${why}.`);
  });

  test('holds a pod that runs on no node yet', async () => {
    const plan = await planScene(hold, scene(pod({ node: '', status: { phase: 'Pending' } })));
    expect(plan.risks).toContain('The node is not held: it runs on no node yet.');
    expect(plan.risks).toContain(
      'It is Pending: no budget counts such a pod, only the policy stops its eviction.',
    );
  });

  test('never overwrites an annotation silently, on the pod or on its node', async () => {
    const theirs = { 'nodes/node-a': node({}, { [CA]: 'false' }) };
    const object = pod({ annotations: { [SAFE]: 'true' } });
    const plan = await planScene(hold, scene(object, { objects: theirs }));
    expect(wanted(plan)).toEqual({ [HELD_BY]: RUN, [KARPENTER]: 'true' });
    expect(onNode(plan)).toEqual([[KARPENTER, 'true']]);
    expect(plan.risks).toContain(
      `Annotation ${SAFE} of the pod is \`true\` and is left so: Cluster Autoscaler is not told to keep it. \`/k8s hold\` with \`--overwrite\` sets it.`,
    );
    expect(plan.risks.join()).toContain(`Annotation ${CA} of node/node-a is \`false\` and is left so`);
    const given = { overwrite: 'yes' };
    const over = await planScene(hold, scene(object, { objects: theirs, arguments: given }));
    expect(wanted(over)).toMatchObject({ [SAFE]: 'false' });
    expect(onNode(over)).toContainEqual([CA, 'true']);
    expect(over.risks).toContain(`Overwrites annotation ${SAFE} of the pod: \`true\` becomes \`false\`.`);
  });

  test('says whose hold a node is under that needs no annotation any more', async () => {
    const held = { [CA]: 'true', [KARPENTER]: 'true', 'firebreak.dev/run': 'FB-2026-0001-1' };
    const plan = await planScene(hold, scene(pod(), { objects: { 'nodes/node-a': node({}, held) } }));
    expect(plan.alsoTargets).toEqual([]);
    expect(plan.notes).toEqual([
      'node/node-a carries both annotations already, and the mark of `FB-2026-0001-1`: who takes them off ends that for this pod too.',
    ]);
  });

  test('says what a second budget makes of an eviction, and nothing of one that does not count it', async () => {
    const budget = (name: string, app: string) => ({
      metadata: { name },
      spec: { selector: { matchLabels: { app } } },
    });
    const object = pod({ labels: { app: 'checkout' } });
    const lists = { poddisruptionbudgets: [budget('checkout', 'checkout'), budget('other', 'other')] };
    const { risks } = await planScene(hold, scene(object, { lists }));
    const said = risks.filter((risk) => risk.includes('PodDisruptionBudget/'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^PodDisruptionBudget\/checkout counts it too\. .*HTTP 500/u);
    const none = await planScene(hold, scene(object, { lists: { poddisruptionbudgets: 'not-allowed' } }));
    expect(none.risks.join()).toContain(
      'Not looked at, since Firebreak may not list them: other PodDisruptionBudgets',
    );
  });

  test('is refused for a pod that is held, with the name of the run', async () => {
    const label = { path: ['metadata', 'labels', HELD_BY], before: null, after: 'FB-2026-0001-1' };
    const object = pod({ labels: { [HELD_BY]: 'FB-2026-0001-1' } });
    const held = [heldField(label, 'FB-2026-0001-1', 'hold')];
    expect(await refusal(hold, scene(object, { held }))).toMatch(
      /^conflict: pod\/x in payments is already held, by FB-2026-0001-1 \(hold\).* `\/k8s unhold` ends that\./u,
    );
    expect(await refusal(hold, scene(object))).toMatch(/which is not in Firebreak's ledger/u);
  });

  test('is refused for a pod that is being deleted: nothing stops that any more', async () => {
    const object = pod({ deletionTimestamp: '2026-11-21T09:00:00Z' });
    expect(await refusal(hold, scene(object))).toMatch(
      /^conflict: .* is being deleted, since 2026-11-21T09:00:00Z/u,
    );
  });
});

describe('a hold that runs', () => {
  const run = async (refused: Readonly<Record<string, FirebreakError>>) => {
    const steps: string[] = [];
    const fields = [{ path: ['metadata', 'annotations', KARPENTER], before: null, after: 'true' }];
    const made = { fields, state: 'applied' };
    const context = {
      ...{ target: { kind: 'pod', namespace: 'payments', name: 'x' }, progress: () => undefined },
      change: async (step = '') => {
        steps.push(step);
        const failure = refused[step];
        if (failure !== undefined) throw failure;
        return [made];
      },
    };
    const outcome = await hold.execute(Object(context));
    return { ...outcome, steps };
  };
  const failure = (code: 'not-allowed' | 'not-found' | 'cluster-timeout') =>
    new FirebreakError({ code, message: `It failed: ${code}.`, next: 'Do something.' });

  test('marks the pod first, then makes the budget, the policy and the hold of the node', async () => {
    const { steps, summary, findings } = await run({});
    expect(steps).toEqual(['hold pod', 'hold budget', 'hold policy', 'hold node']);
    expect(summary).toBe(
      'pod/x in payments is held: its eviction is refused by a budget; its deletion is denied by a policy; Karpenter is told to leave it; Karpenter is told to keep its node.',
    );
    expect(findings).toEqual([]);
  });

  test('leaves out what the cluster refuses of policy and node, and says so', async () => {
    const { summary, findings } = await run({
      'hold policy': failure('not-found'),
      'hold node': failure('not-allowed'),
    });
    expect(summary).toContain('its deletion is not stopped');
    expect(summary).not.toContain('node');
    expect(findings.map(({ title }) => title)).toEqual([
      'Not made: the policy that denies its deletion',
      'Not made: the hold of its node',
    ]);
    expect(findings[0]?.lines[0]).toContain('It failed: not-found.');
  });

  test.each(['hold pod', 'hold budget'])('fails where %s is refused', async (step) => {
    await expect(run({ [step]: failure('not-allowed') })).rejects.toThrow('It failed: not-allowed.');
  });

  test('fails where it is not known what became of a part', async () => {
    await expect(run({ 'hold policy': failure('cluster-timeout') })).rejects.toThrow('cluster-timeout');
  });
});
