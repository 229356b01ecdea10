import { describe, expect, test } from 'vitest';
import { label } from '../../src/verbs/label.ts';
import { executeScene, planScene, refusal, wanted } from './plan-scene.ts';

const set = (...labels: readonly string[]) => ({ labels });

describe('label', () => {
  test('sets quarantine=true where nothing else is asked', async () => {
    const plan = await planScene(label, { object: { kind: 'pod' } });
    expect(wanted(plan)).toEqual({ quarantine: 'true' });
    expect(plan.risks).toEqual([]);
    expect(plan.methods).toEqual([
      {
        what: 'Patch pod/x in payments, bound to its UID and resourceVersion; a dry run first',
        creates: 'nothing',
      },
    ]);
  });

  test('sets what is asked, leaves out what is so already, and says so', async () => {
    const plan = await planScene(label, {
      object: { kind: 'pod', labels: { team: 'red', tier: '' } },
      arguments: set('team=red', 'example.com/x=1', 'tier=', 'empty='),
    });
    expect(wanted(plan)).toEqual({ 'example.com/x': '1', empty: '' });
    expect(plan.notes).toEqual(['It already has team=red.', 'It already has tier=.']);
  });

  test('says what the controller of a Deployment keeps of it', async () => {
    const copied = (kind: 'deployment' | 'statefulset') =>
      planScene(label, { object: { kind } }).then(({ leaves }) => leaves.join(' ').includes('copies'));
    expect([await copied('deployment'), await copied('statefulset')]).toEqual([true, false]);
  });

  test('is refused where all of it is so already', async () => {
    const object = { kind: 'pod', labels: { quarantine: 'true', team: 'red' } } as const;
    expect(await refusal(label, { object, arguments: set('quarantine=true', 'team=red') })).toBe(
      'conflict: pod/x in payments already has quarantine=true and team=red, so nothing would change. See `/k8s in-force` for what Firebreak holds.',
    );
  });

  test('shows a conflict with both values, and overwrites by the switch alone', async () => {
    const scene = {
      object: { kind: 'pod', labels: { team: 'blue', tier: '' } },
      arguments: set('team=red', 'tier=web', 'quarantine=true'),
    } as const;
    expect(await refusal(label, scene)).toBe(
      'conflict: pod/x in payments has label team with the value `blue`, not `red` and label tier with the value empty, not `web`; nothing was planned. Add `--overwrite` to replace what stands there.',
    );
    const plan = await planScene(label, { ...scene, arguments: { ...scene.arguments, overwrite: 'yes' } });
    expect(wanted(plan)).toEqual({ team: 'red', tier: 'web', quarantine: 'true' });
    expect(plan.risks).toEqual([
      'Overwrites label team: `blue` becomes `red`.',
      'Overwrites label tier: empty becomes `web`.',
    ]);
  });

  test('is refused where one label is given two values, and takes the same one twice', async () => {
    const object = { kind: 'pod' } as const;
    expect(await refusal(label, { object, arguments: set('a=1', 'a=2') })).toContain('command-invalid');
    expect(wanted(await planScene(label, { object, arguments: set('a=1', 'a=1') }))).toEqual({ a: '1' });
  });

  test('says what it did when it is done', async () => {
    const fields = [
      { path: ['metadata', 'labels', 'example.com/x'], before: null, after: '1' },
      { path: ['metadata', 'labels', 'firebreak.dev/case'], before: null, after: 'FB' },
    ];
    expect(await executeScene(label, { kind: 'pod' }, fields)).toEqual({
      summary: 'pod/x in payments is now labelled example.com/x=1.',
      findings: [],
      done: ['progress change', 'change'],
    });
  });
});
