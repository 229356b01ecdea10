import { describe, expect, test } from 'vitest';
import { undo } from '../../src/verbs/undo.ts';
import { change, executeScene, heldField, planScene, refusal, wanted } from './plan-scene.ts';

const RUN = 'FB-2026-0001-1';
const given = { run: RUN };
const label = (key: string, before: string | null, after: string | null) => ({
  path: ['metadata', 'labels', key],
  before,
  after,
});

describe('undo', () => {
  const undoes = [change([label('team', 'blue', 'red'), label('quarantine', null, 'true')])];

  test('puts back what stands as the run left it, and says from what to what', async () => {
    const object = { kind: 'pod', labels: { team: 'red', quarantine: 'true' } } as const;
    const plan = await planScene(undo, { object, undoes, arguments: given });
    expect(wanted(plan)).toEqual({ team: 'blue', quarantine: null });
    expect(plan.notes).toEqual([
      'Puts label team back from `red` to `blue`.',
      'Puts label quarantine back from `true` to absent.',
    ]);
  });

  test('shows drift and leaves it, and says what is back already', async () => {
    const more = [...undoes, change([label('tier', null, 'web')])];
    const object = { kind: 'pod', labels: { team: 'green', tier: 'web' } } as const;
    const plan = await planScene(undo, { object, undoes: more, arguments: given });
    // The one that is back is written as it is, so that the ledger knows.
    expect(wanted(plan)).toEqual({ tier: null, quarantine: null });
    expect(plan.risks).toEqual(['label team is now `green`, was set to `red`: left as it is.']);
    expect(plan.notes).toContain('label quarantine is already absent again: nothing to do.');
  });

  test('is refused where nothing is left to put back, with what is there', async () => {
    const object = { kind: 'pod', labels: { team: 'green' } } as const;
    expect(await refusal(undo, { object, undoes, arguments: given })).toBe(
      'conflict: Nothing that FB-2026-0001-1 changed on pod/x in payments is left to put back: label quarantine is already absent again; label team is now `green`, was set to `red`. See `/k8s in-force` for what Firebreak holds.',
    );
  });

  test('says that a controller would adopt the pod and may delete it', async () => {
    const lists = {
      replicasets: [
        { metadata: { name: 'rs', uid: 'rs' }, spec: { selector: { matchLabels: { app: 'checkout' } } } },
      ],
    };
    const scene = {
      object: { kind: 'pod' } as const,
      undoes: [change([label('app', 'checkout', null)])],
      lists,
    };
    expect((await planScene(undo, { ...scene, arguments: given })).risks).toEqual([
      'ReplicaSet/rs would adopt it and may delete it.',
    ]);
  });

  test('of a cordon says that the node is free, and reads no selectors', async () => {
    const hold = {
      path: ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'],
      before: null,
      after: 'true',
    };
    const cordon = { path: ['spec', 'unschedulable'], before: null, after: true };
    const plan = await planScene(undo, {
      object: {
        kind: 'node',
        annotations: { 'karpenter.sh/do-not-disrupt': 'true' },
        spec: { unschedulable: true },
      },
      undoes: [change([cordon, hold])],
      arguments: given,
    });
    expect(wanted(plan)).toEqual({ unschedulable: null, 'karpenter.sh/do-not-disrupt': null });
    expect(plan.risks).toEqual([
      'New pods may come to the node.',
      'Karpenter may take the node away, and with it everything that is on it.',
    ]);
    expect(plan.asked).toEqual([]);
  });

  test('says whose hold ends too', async () => {
    const held = [heldField(label('team', 'blue', 'red'), 'FB-2026-0002-5', 'label')];
    const object = { kind: 'pod', labels: { team: 'red' } } as const;
    const { risks } = await planScene(undo, { object, undoes, held, arguments: given });
    expect(risks).toEqual(['It ends what FB-2026-0002-5 (label) holds too: label team.']);
  });

  test('says what it did when it is done', async () => {
    const fields = [label('team', 'red', 'blue'), label('firebreak.dev/case', 'FB', null)];
    expect(await executeScene(undo, { kind: 'pod' }, fields, given)).toEqual({
      summary: 'FB-2026-0001-1 is undone on pod/x in payments: label team is `blue` again.',
      findings: [],
      done: ['progress change', 'change'],
    });
  });
});

describe('an undo of an isolation', () => {
  const detached = label('app', 'checkout', null);
  const isolated = label('firebreak.dev/isolated-by', null, 'FB-2026-0001-1');
  const undoes = [{ ...change([isolated, detached]), verb: 'isolate' }];

  test('opens the network and leaves the pod out of its controller, which would delete it', async () => {
    const object = {
      kind: 'pod',
      labels: { 'firebreak.dev/isolated-by': 'FB-2026-0001-1' },
    } as const;
    const plan = await planScene(undo, { object, undoes, arguments: given });
    expect(wanted(plan)).toEqual({ 'firebreak.dev/isolated-by': null });
    expect(plan.leaves.join(' ')).toContain(
      'stays out of its controller and its Services, without label app',
    );
    expect(plan.leaves.join(' ')).toContain('--return');
  });
});
