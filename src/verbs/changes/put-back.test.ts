import { describe, expect, test } from 'vitest';
import type { ChangeState, FieldChange } from '../../core/change.ts';
import type { HeldField } from '../../core/held-fields.ts';
import { putBack } from './put-back.ts';

const label = (key: string, before: string | null, after: string | null): FieldChange => ({
  path: ['metadata', 'labels', key],
  before,
  after,
});
const done = (state: ChangeState, ...fields: readonly FieldChange[]) => ({ state, fields });
const pod = (labels: Readonly<Record<string, string>>) => ({ metadata: { labels } });

describe('what a run changed', () => {
  test('is put back where it stands as the run left it', () => {
    const changes = [done('applied', label('team', 'blue', 'red'), label('quarantine', null, 'true'))];
    expect(putBack(changes, pod({ team: 'red', quarantine: 'true' }), [], 'FB-1')).toMatchObject({
      fields: [
        { path: ['metadata', 'labels', 'team'], value: 'blue', now: 'red' },
        { path: ['metadata', 'labels', 'quarantine'], value: null, now: 'true' },
      ],
      already: [],
      drifted: [],
      endsToo: [],
    });
  });

  test('is left as it is where someone changed it since, and what is back already is said to be', () => {
    const changes = [done('applied', label('team', 'blue', 'red'), label('quarantine', null, 'true'))];
    expect(putBack(changes, pod({ team: 'green' }), [], 'FB-1')).toMatchObject({
      fields: [],
      already: ['label quarantine is already absent again'],
      drifted: ['label team is now `green`, was set to `red`'],
    });
  });

  test('counts from its first write to its last where an outcome was not known', () => {
    const changes = [
      done('unknown', label('team', null, 'red')),
      done('not applied', label('team', 'x', 'y')),
      done('intended', label('team', 'red', 'green')),
    ];
    expect(putBack(changes, pod({ team: 'green' }), [], 'FB-1').fields).toMatchObject([{ value: null }]);
    expect(putBack(changes, pod({}), [], 'FB-1')).toMatchObject({ fields: [], drifted: [] });
    expect(putBack(changes, pod({ team: 'y' }), [], 'FB-1').drifted).toHaveLength(1);
  });

  test('leaves the marks to who writes them, and what was never changed alone', () => {
    const changes = [
      done('applied', label('firebreak.dev/case', null, 'FB'), label('same', 'x', 'x')),
      done('not applied', label('team', 'blue', 'red')),
    ];
    const there = pod({ 'firebreak.dev/case': 'FB', same: 'x', team: 'red' });
    expect(putBack(changes, there, [], 'FB-1')).toEqual({
      fields: [],
      returned: [],
      already: [],
      drifted: [],
      endsToo: [],
    });
  });

  test('says whose hold ends with it', () => {
    const held = (run: string): HeldField => ({
      ...label('team', 'blue', 'red'),
      ...{ run, case: 'FB', verb: 'label', cluster: 'prod', state: 'applied' },
      object: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'u' },
    });
    const changes = [done('applied', label('team', 'blue', 'red'))];
    const there = pod({ team: 'red' });
    expect(putBack(changes, there, [held('FB-2')], 'FB-1').endsToo).toEqual([
      'It ends what FB-2 (label) holds too: label team.',
    ]);
    expect(putBack(changes, there, [held('FB-1')], 'FB-1').endsToo).toEqual([]);
  });

  test('can’t bring marks of its own into the sentence', () => {
    const path = ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'];
    const changes = [done('applied', { path, before: null, after: 'true' })];
    const now = { metadata: { annotations: { 'karpenter.sh/do-not-disrupt': `\`x\` ${'y'.repeat(300)}` } } };
    const [said] = putBack(changes, now, [], 'FB-1').drifted;
    expect(said?.match(/`/g)).toHaveLength(4);
    expect(said?.length).toBeLessThan(200);
  });
});
