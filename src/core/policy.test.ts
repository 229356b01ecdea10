import { describe, expect, test } from 'vitest';
import { type ChannelPolicy, type PolicyQuestion, type Rule, requirementFor, strictest } from './policy.ts';

const rule = (verbs: readonly string[], approvals: number, approvers: readonly string[] = ['U1']): Rule => ({
  verbs,
  approvals,
  approvers,
  selfApproval: false,
  expiresMs: 60_000,
});
const channel = (...rules: readonly Rule[]): ChannelPolicy => ({ channel: 'C1', clusters: ['prod'], rules });
const open = { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} };
const ask = (question: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  verb: 'acquire',
  cluster: 'prod',
  guard: open,
  ...question,
});

test('the first rule that names the verb wins, and "*" stands for every other', () => {
  const policy = channel(rule(['inspect'], 0), rule(['acquire'], 1), rule(['acquire'], 3), rule(['*'], 2));
  expect(requirementFor(policy, ask())).toMatchObject({ approvals: 1 });
  expect(requirementFor(policy, ask({ verb: 'inspect' }))).toMatchObject({ approvals: 0 });
  expect(requirementFor(policy, ask({ verb: 'isolate' }))).toMatchObject({ approvals: 2 });
});

test('a "*" that stands first is not undercut by a later rule', () => {
  const policy = channel(rule(['*'], 2), rule(['acquire'], 0));
  expect(requirementFor(policy, ask())).toMatchObject({ approvals: 2 });
});

test('nothing is open by default', () => {
  expect(requirementFor(undefined, ask())).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('not listed'),
  });
  expect(requirementFor(channel(rule(['inspect'], 0)), ask())).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('acquire'),
  });
  expect(requirementFor(channel(rule(['*'], 1)), ask({ cluster: 'other' }))).toMatchObject({
    kind: 'refused',
  });
  expect(requirementFor(channel(rule(['*'], 1, [])), ask())).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('no approvers'),
  });
});

test('the floor of a cluster raises what a channel asks and never lowers it', () => {
  const policy = channel(rule(['inspect'], 0), rule(['acquire'], 3));
  const guard = { ...open, floorApprovals: 2 };
  expect(requirementFor(policy, ask({ verb: 'inspect', guard }))).toMatchObject({ approvals: 2 });
  expect(requirementFor(policy, ask({ guard }))).toMatchObject({ approvals: 3 });
});

test('a protected namespace or label is only reached by the "*" rule', () => {
  const guard = { ...open, protectedNamespaces: ['kube-system'], protectedLabels: { tier: 'control' } };
  const named = channel(rule(['acquire'], 1));
  const both = channel(rule(['acquire'], 1), rule(['*'], 2));
  expect(requirementFor(named, ask({ guard, namespace: 'kube-system' }))).toMatchObject({ kind: 'refused' });
  expect(requirementFor(both, ask({ guard, namespace: 'kube-system' }))).toMatchObject({ approvals: 2 });
  expect(requirementFor(both, ask({ guard, namespace: 'shop', labels: { tier: 'control' } }))).toMatchObject({
    approvals: 2,
  });
  expect(requirementFor(both, ask({ guard, namespace: 'shop', labels: { tier: 'web' } }))).toMatchObject({
    approvals: 1,
  });
});

describe('what stands for several verbs', () => {
  const together = (policy: ChannelPolicy, ...verbs: readonly [string, ...string[]]) => {
    const [first, ...more] = verbs;
    return strictest([
      requirementFor(policy, ask({ verb: first })),
      ...more.map((verb) => requirementFor(policy, ask({ verb }))),
    ]);
  };

  test('needs the most approvals, from those whom the first asks', () => {
    const policy = channel(rule(['label'], 1, ['S1']), rule(['undo'], 2, ['S2']));
    expect(together(policy, 'label', 'undo')).toMatchObject({ approvals: 2, rule: { approvers: ['S1'] } });
    expect(together(policy, 'undo', 'label')).toMatchObject({ approvals: 2, rule: { approvers: ['S2'] } });
  });

  test('asks those of the next where the first asks nobody', () => {
    const policy = channel(rule(['label'], 0, []), rule(['undo'], 2, ['S2']));
    expect(together(policy, 'label', 'undo')).toMatchObject({ approvals: 2, rule: { approvers: ['S2'] } });
  });

  test('on equal terms asks who decides on the first', () => {
    const policy = channel(rule(['label'], 1, ['U1']), rule(['undo'], 1, ['U2']));
    expect(together(policy, 'label', 'undo')).toMatchObject({ approvals: 1, rule: { approvers: ['U1'] } });
  });

  test('with a protected target among them asks those of the "*" rule, whoever decides on the rest', () => {
    const guard = { ...open, protectedLabels: { tier: 'control' } };
    const policy = channel(rule(['isolate'], 1, ['S1']), rule(['*'], 2, ['S2']));
    const pod = requirementFor(policy, ask({ verb: 'isolate' }));
    const node = requirementFor(policy, ask({ verb: 'isolate', guard, labels: { tier: 'control' } }));
    for (const both of [strictest([pod, node]), strictest([node, pod])])
      expect(both).toMatchObject({ approvals: 2, target: 'protected', rule: { approvers: ['S2'] } });
  });

  test('is refused when one of them is', () => {
    const policy = channel(rule(['label'], 1));
    expect(together(policy, 'label', 'undo')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('undo'),
    });
    expect(together(policy, 'undo', 'label')).toMatchObject({ kind: 'refused' });
  });

  test('lets nobody approve their own unless each of them would, and waits as long as the shortest', () => {
    const own = { ...rule(['undo'], 1), selfApproval: true, expiresMs: 60_000 };
    const policy = channel({ ...rule(['label'], 1), selfApproval: false, expiresMs: 1_000 }, own);
    expect(together(policy, 'undo', 'label')).toMatchObject({
      rule: { selfApproval: false, expiresMs: 1_000 },
    });
    expect(together(policy, 'undo', 'undo')).toMatchObject({ rule: { selfApproval: true } });
  });
});

test('a target that an earlier plan found protected stays so, whatever is left of it', () => {
  const policy = channel(rule(['download'], 0), rule(['*'], 2));
  expect(requirementFor(policy, ask({ verb: 'download' }))).toMatchObject({
    approvals: 0,
    target: 'ordinary',
  });
  expect(requirementFor(policy, ask({ verb: 'download', target: 'protected' }))).toMatchObject({
    approvals: 2,
    target: 'protected',
  });
});
