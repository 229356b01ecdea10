import { describe, expect, test } from 'vitest';
import { cordon } from '../../src/verbs/cordon.ts';
import { uncordon } from '../../src/verbs/uncordon.ts';
import {
  executeScene,
  heldField,
  planScene,
  refusal,
  type Scene,
  type SceneObject,
  wanted,
} from './plan-scene.ts';

const CA = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
const KARPENTER = 'karpenter.sh/do-not-disrupt';
const HELD = { [CA]: 'true', [KARPENTER]: 'true' };

const node = (
  annotations: Readonly<Record<string, string>> = {},
  more: Partial<SceneObject> = {},
): SceneObject => ({
  kind: 'node',
  annotations,
  ...more,
});
const cordoned = { spec: { unschedulable: true } };
const scene = (object: SceneObject, more: Partial<Scene> = {}): Scene => ({ object, ...more });
const annotation = (key: string, before: string | null, after: string | null) => ({
  path: ['metadata', 'annotations', key],
  before,
  after,
});
const unschedulable = (before: boolean | null, after: boolean | null) => ({
  path: ['spec', 'unschedulable'],
  before,
  after,
});

describe('cordon', () => {
  test('keeps pods off and holds the node against both autoscalers, in one change', async () => {
    const plan = await planScene(cordon, scene(node()));
    expect(wanted(plan)).toEqual({ unschedulable: true, ...HELD });
    expect(plan.risks).toEqual([
      'It stops neither Spot reclaim, node repair and upgrades of its pool, nor anyone who deletes the node.',
    ]);
    expect(plan.methods[0]?.what).toContain('node/x, bound to its UID and resourceVersion; a dry run first');
  });

  test('leaves the annotations out by --no-hold, and says that nothing holds the node', async () => {
    const plan = await planScene(cordon, scene(node(), { arguments: { 'no-hold': 'yes' } }));
    expect(wanted(plan)).toEqual({ unschedulable: true });
    expect(plan.risks[0]).toMatch(/^Nothing holds the node: an autoscaler may take it away/);
    const held = await planScene(cordon, scene(node({ [CA]: 'true' }), { arguments: { 'no-hold': 'yes' } }));
    expect(held.risks[0]).toMatch(/^Nothing holds the node against Karpenter:/);
    const both = await planScene(cordon, scene(node(HELD), { arguments: { 'no-hold': 'yes' } }));
    expect(both.risks.join()).not.toContain('Nothing holds');
  });

  test('never overwrites an annotation silently', async () => {
    const plan = await planScene(cordon, scene(node({ [KARPENTER]: 'false' })));
    expect(wanted(plan)).toEqual({ unschedulable: true, [CA]: 'true' });
    expect(plan.risks).toEqual([
      `Annotation ${KARPENTER} is \`false\` and is left so: nothing holds the node against Karpenter. \`/k8s cordon\` with \`--overwrite\` sets it.`,
      expect.stringContaining('It stops neither'),
    ]);
    const over = await planScene(
      cordon,
      scene(node({ [KARPENTER]: 'false' }), { arguments: { overwrite: 'yes' } }),
    );
    expect(wanted(over)).toEqual({ unschedulable: true, ...HELD });
    expect(over.risks[0]).toBe(`Overwrites annotation ${KARPENTER}: \`false\` becomes \`true\`.`);
    expect(over.risks.join()).not.toContain('nothing holds');
  });

  test.each([
    {
      what: 'cordoned and held',
      object: node(HELD, cordoned),
      says: /is already cordoned and held, so nothing would change\. See `\/k8s in-force`/,
    },
    {
      what: 'cordoned, with an annotation of another value',
      object: node({ ...HELD, [CA]: 'false' }, cordoned),
      says: /nothing holds it against Cluster Autoscaler\. Add `--overwrite` to set .*scale-down-disabled, which is `false`\./,
    },
    {
      what: 'cordoned, and only that is asked',
      object: node({}, cordoned),
      given: { 'no-hold': 'yes' },
      says: /nothing holds it against Cluster Autoscaler and Karpenter\. Leave `--no-hold` out to hold it\./,
    },
  ])('is refused for a node that is $what', async ({ object, given = {}, says }) => {
    const sentence = await refusal(cordon, scene(object, { arguments: given }));
    expect(sentence).toMatch(/^conflict: /);
    expect(sentence).toMatch(says);
  });

  test('adds the annotations alone where someone cordoned the node already, and says whose it is', async () => {
    const theirs = await planScene(cordon, scene(node({}, cordoned)));
    expect(wanted(theirs)).toEqual(HELD);
    expect(theirs.notes[0]).toBe(
      'It is already cordoned, not by Firebreak: only the annotations are added, and undoing leaves it cordoned.',
    );
    const held = [heldField(unschedulable(null, true))];
    const ours = await planScene(cordon, scene(node({}, cordoned), { held }));
    expect(ours.notes[0]).toBe('It is already cordoned by FB-2026-0001-1: only the annotations are added.');
  });

  test.each([
    [{ 'karpenter.sh/nodepool': 'default' }, 'Karpenter', /Karpenter still takes it when it expires/],
    [
      { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'general' },
      'EKS Auto Mode',
      /EKS Auto Mode replaces every node after at most 21 days/,
    ],
    [{ 'cloud.google.com/gke-nodepool': 'main' }, 'a GKE node pool', undefined],
    [{ 'kubernetes.azure.com/agentpool': 'main' }, 'an AKS node pool', undefined],
    [{ 'eks.amazonaws.com/nodegroup': 'main' }, 'an EKS node group', undefined],
  ])('says who manages the node by its labels: %j', async (labels, name, risk) => {
    const { notes, risks } = await planScene(cordon, scene(node({}, { labels })));
    expect(notes.at(-1)).toContain(`By its labels ${name} manages the node (`);
    if (risk === undefined) expect(risks).toHaveLength(1);
    else expect(risks[0]).toMatch(risk);
  });

  test('says that no label tells who manages the node', async () => {
    const labels = { 'eks.amazonaws.com/compute-type': 'ec2' };
    expect((await planScene(cordon, scene(node({}, { labels })))).notes.at(-1)).toContain(
      'No label of the node',
    );
  });

  test('counts the pods that run there and stay', async () => {
    const pod = (phase: string) => ({ status: { phase } });
    const counted = async (pods: NonNullable<Scene['lists']>[string]) => {
      const { notes, asked } = await planScene(cordon, scene(node(), { lists: { pods } }));
      expect(asked).toEqual(['pods v1 everywhere spec.nodeName=x']);
      return notes[0];
    };
    expect(await counted([pod('Running'), pod('Pending'), pod('Succeeded'), pod('Failed')])).toBe(
      '2 pods run there, and stay.',
    );
    expect(await counted([pod('Running')])).toBe('One pod runs there, and stays.');
    expect(await counted([])).toBe('No pod runs there.');
    expect(await counted('not-allowed')).toContain('How many was not looked at');
  });

  test('says what it did when it is done', async () => {
    const both = [annotation(CA, null, 'true'), annotation(KARPENTER, null, 'true')];
    const said = async (...fields: Parameters<typeof executeScene>[2]) =>
      (await executeScene(cordon, { kind: 'node' }, fields)).summary;
    expect(await said(unschedulable(null, true), ...both)).toBe(
      'node/x is cordoned; Cluster Autoscaler and Karpenter are told to keep it.',
    );
    expect(await said(...both.slice(1))).toBe('node/x was cordoned already; Karpenter is told to keep it.');
    expect(await said(unschedulable(null, true))).toBe(
      'node/x is cordoned; no autoscaler was told to keep it.',
    );
  });
});

describe('uncordon', () => {
  const held = [
    heldField(unschedulable(null, true)),
    heldField(annotation(CA, null, 'true')),
    heldField(annotation(KARPENTER, 'false', 'true')),
  ];

  test('ends the cordon, and puts the hold back to what stood there before', async () => {
    const plan = await planScene(uncordon, scene(node(HELD, cordoned), { held }));
    expect(wanted(plan)).toEqual({ unschedulable: null, [CA]: null, [KARPENTER]: 'false' });
    expect(plan.risks).toEqual([
      'New pods may come to the node.',
      'Cluster Autoscaler and Karpenter may take the node away, and with it everything that is on it.',
    ]);
    expect(plan.notes).toEqual(['It ends what FB-2026-0001-1 put on the node.']);
  });

  test('leaves what others set: their annotations stay, and their cordon is a risk', async () => {
    const plan = await planScene(uncordon, scene(node(HELD, cordoned)));
    expect(wanted(plan)).toEqual({ unschedulable: null });
    expect(plan.risks).toContain('It was not Firebreak that cordoned it: whoever did may still want it so.');
    expect(plan.notes).toEqual([
      `Annotation ${CA} is not Firebreak’s and stays: its autoscaler keeps the node.`,
      `Annotation ${KARPENTER} is not Firebreak’s and stays: its autoscaler keeps the node.`,
    ]);
  });

  test('shows drift, and never overwrites it', async () => {
    const plan = await planScene(
      uncordon,
      scene(node({ [CA]: 'maybe', [KARPENTER]: 'true' }, cordoned), { held }),
    );
    expect(wanted(plan)).toEqual({ unschedulable: null, [KARPENTER]: 'false' });
    expect(plan.risks).toContain(`annotation ${CA} is now \`maybe\`, was set to \`true\`: left as it is.`);
  });

  test('takes a hold that is back already for no drift', async () => {
    const there = { [CA]: 'true', [KARPENTER]: 'false' };
    const plan = await planScene(uncordon, scene(node(there, cordoned), { held }));
    expect(wanted(plan)).toEqual({ unschedulable: null, [CA]: null });
    expect(plan.risks.join()).not.toContain('left as it is');
  });

  test('puts the hold back where the node is no longer cordoned', async () => {
    const plan = await planScene(uncordon, scene(node(HELD), { held }));
    expect(wanted(plan)).toEqual({ [CA]: null, [KARPENTER]: 'false' });
    expect(plan.notes).toContain('It is not cordoned any more: only the annotations are put back.');
  });

  test.each([
    { what: 'is free of all', object: node(), held: [] },
    { what: 'is held by others alone', object: node(HELD), held: [] },
    { what: 'was freed by others', object: node({ [KARPENTER]: 'false' }), held },
  ])('is refused for a node that $what', async ({ object, held: before }) => {
    expect(await refusal(uncordon, scene(object, { held: before }))).toMatch(
      /^conflict: node\/x is not cordoned, and nothing that Firebreak set holds it/,
    );
  });

  test('says what it did when it is done', async () => {
    const said = async (...fields: Parameters<typeof executeScene>[2]) =>
      (await executeScene(uncordon, { kind: 'node' }, fields)).summary;
    expect(await said(unschedulable(true, null), annotation(CA, 'true', null))).toBe(
      'node/x takes new pods again; the hold against Cluster Autoscaler is as it was before.',
    );
    expect(await said(unschedulable(true, null))).toBe('node/x takes new pods again.');
  });
});
