import { expect, test } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import { readClick } from '../../src/slack/read-click.ts';
import { noticePlace, renderNotice } from '../../src/slack/render-notice.ts';
import { examplePlan, exampleRun } from './example-run.ts';

const NOW = new Date('2026-11-21T13:46:00Z');
const run = exampleRun({
  state: 'succeeded',
  plan: { ...examplePlan, verb: 'isolate', effect: 'change' },
  decisions: [{ person: { team: 'T1', user: 'U0APPROVER1' }, verdict: 'approve', at: NOW }],
  endedAt: new Date('2026-11-21T09:00:00Z'),
  proven: { verdict: 'CONTAINED', at: new Date('2026-11-21T09:40:00Z'), state: 'good' },
});

test('a time that is up mentions who asked and who approved, and says what the last proof came to', () => {
  const message = renderNotice('time-up', run, NOW);
  const [first, second] = message.text.split('\n');
  expect(first).toBe(
    `<@${run.requester.user}> <@U0APPROVER1> TIME IS UP: pod/checkout-6d4f9c7b8-x2x7p in shop on prod-cluster is still isolated (FB-2026-0007-1). Release it?`,
  );
  expect(second).toBe('Last proven CONTAINED at <!date^1795254000^{time}^09:40 UTC>.');
  checkBlocks(JSON.parse(JSON.stringify(message.blocks)), 'message');
  expect(noticePlace('time-up')).toBe('channel');
});

test('its button is the same as typing the release of that pod, without its return', () => {
  const button = renderNotice('time-up', run, NOW)
    .blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []))
    .flatMap((element) => (element.type === 'button' ? [element] : []))[0];
  const { action_id, value } = button ?? {};
  const click = readClick({
    user: { id: 'U1', team_id: 'T1' },
    channel: { id: 'C1' },
    actions: [{ action_id, value }],
  });
  expect(click).toMatchObject({
    original: 'keep',
    pressed: {
      kind: 'choose',
      command: '/k8s release prod-cluster pod/checkout-6d4f9c7b8-x2x7p -n shop',
    },
  });
});

test.each([
  ['changed', 'something of it was changed since'],
  ['not proven', 'it could not be proven since'],
] as const)('an isolation that is %s is not said to hold', (state, said) => {
  const proven = { verdict: 'CONTAINED', at: NOW, state } as const;
  expect(renderNotice('time-up', { ...run, proven }, NOW).text).toContain(said);
});
