import { describe, expect, test } from 'vitest';
import { unlabel } from '../../src/verbs/unlabel.ts';
import { executeScene, planScene, refusal, wanted } from './plan-scene.ts';

describe('unlabel', () => {
  const object = { kind: 'pod', labels: { quarantine: 'true', app: 'checkout' }, controller: 'rs' } as const;

  test('takes off what is there, with its value on the card, and names what is not', async () => {
    const plan = await planScene(unlabel, {
      object,
      arguments: { labels: ['quarantine', 'team', 'quarantine'] },
    });
    expect(wanted(plan)).toEqual({ quarantine: null });
    expect(plan.fields).toHaveLength(1);
    expect(plan.notes).toEqual(['Label quarantine has the value `true` now.', 'It has no label team.']);
  });

  test('is refused where none of them is there', async () => {
    expect(await refusal(unlabel, { object, arguments: { labels: ['team', 'Quarantine'] } })).toBe(
      'conflict: pod/x in payments has no label team and Quarantine, so nothing would change. Check the spelling: the keys of labels are case-sensitive.',
    );
  });

  test('says who stops selecting the pod by the label', async () => {
    const lists = {
      services: [{ metadata: { name: 'checkout' }, spec: { selector: { app: 'checkout' } } }],
      replicasets: [
        { metadata: { name: 'rs', uid: 'rs' }, spec: { selector: { matchLabels: { app: 'checkout' } } } },
      ],
    };
    const { risks } = await planScene(unlabel, { object, arguments: { labels: ['app'] }, lists });
    expect(risks).toEqual([
      'ReplicaSet/rs lets go of it and starts another pod in its place.',
      'Service/checkout stops sending traffic to it.',
    ]);
  });

  test('takes the label for absent, not for one of another value', async () => {
    const podSelector = { matchExpressions: [{ key: 'app', operator: 'Exists' }] };
    const lists = { networkpolicies: [{ metadata: { name: 'apps' }, spec: { podSelector } }] };
    const { risks } = await planScene(unlabel, { object, arguments: { labels: ['app'] }, lists });
    expect(risks).toEqual([
      'NetworkPolicy/apps no longer applies to it, and no other does: all its traffic is allowed then.',
    ]);
  });

  test('says what it did when it is done', async () => {
    const off = (key: string) => ({ path: ['metadata', 'labels', key], before: 'x', after: null });
    expect((await executeScene(unlabel, object, [off('a'), off('firebreak.dev/case')])).summary).toBe(
      'pod/x in payments no longer has the label a.',
    );
    expect((await executeScene(unlabel, object, [off('a'), off('b')])).summary).toBe(
      'pod/x in payments no longer has the labels a and b.',
    );
  });
});
