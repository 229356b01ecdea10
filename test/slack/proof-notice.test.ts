import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import { startSlack } from '../../sandbox/slack/start-slack.ts';
import type { ProvenRun } from '../../src/core/proven-run.ts';
import type { Run } from '../../src/flow/ledger.ts';
import type { NoticedProof, OutboxItem } from '../../src/flow/outbox.ts';
import { connectSlack } from '../../src/slack/app.ts';
import { readClick } from '../../src/slack/read-click.ts';
import { renderNotice } from '../../src/slack/render-notice.ts';
import { runVerdict } from '../../src/slack/run-title.ts';
import { NoticeSender } from '../../src/slack/send-notice.ts';
import { proofOf } from '../flow/proof-scene.ts';
import { exampleEvidence, examplePlan, exampleRun } from './example-run.ts';
import { recordingLogger } from './recording-logger.ts';

const NOW = new Date('2026-11-21T09:46:00Z');
const BEFORE = { proof: proofOf('CONTAINED'), at: new Date('2026-11-21T09:40:00Z') };
const POD = { kind: 'pod', namespace: 'shop', name: 'checkout', uid: 'u' } as const;
const POLICY = { ...POD, kind: 'networkpolicy', name: 'allow-all' } as const;

const isolation = (change: Partial<Run> = {}): Run =>
  exampleRun({
    state: 'succeeded',
    plan: { ...examplePlan, verb: 'isolate', effect: 'change' },
    decisions: [{ person: { team: 'T1', user: 'U0APPROVER1' }, verdict: 'approve', at: NOW }],
    endedAt: new Date('2026-11-21T09:00:00Z'),
    ...change,
  });

const round = (change: Partial<NoticedProof['round']>): NoticedProof['round'] => ({
  ...{ id: '7', run: 'FB-2026-0007-1', at: NOW, drifted: [], around: [] },
  result: { kind: 'proven', proof: proofOf('PARTIAL') },
  standing: { state: 'failing', good: null, told: null, drifted: [], missed: 0, missedTold: 'no' },
  ...change,
});

type About = Partial<NoticedProof['round']>;

const message = (notice: OutboxItem['notice'], about: About = {}) =>
  renderNotice(notice, isolation(), NOW, { round: round(about), before: BEFORE });

describe('the message of a proof that failed', () => {
  test('mentions who asked and who approved, and says what it came to and what to do', () => {
    const { text } = message('proof-failed');
    const [first, ...rest] = text.split('\n');
    expect(first).toBe(
      `<@${isolation().requester.user}> <@U0APPROVER1> PARTIAL: isolate pod/checkout-6d4f9c7b8-x2x7p in shop on prod-cluster (FB-2026-0007-1)`,
    );
    expect(rest.join('\n')).toContain('It was CONTAINED at <!date^1795254000^{time}^09:40 UTC>.');
    expect(rest.join('\n')).toContain('It is PARTIAL.\nLook for what lets this through.');
    expect(rest.join('\n')).toContain('Apply again asks for the same command as a new run');
  });

  test('names what was changed, and by whom as far as the cluster says', () => {
    const { text } = message('proof-failed', {
      result: { kind: 'proven', proof: proofOf('CONTAINED') },
      drifted: [
        {
          ...{ object: POD, field: 'label a', now: 'changed', is: 'absent', was: '1' },
          by: { manager: 'kubectl-<edit>', at: '2026-11-21T09:41:00Z', wrote: 'the object' },
        },
        {
          ...{ object: POD, field: 'label b', now: 'changed', is: '2', was: '1' },
          by: { manager: 'firebreak', at: '2026-11-21T09:41:00Z', wrote: 'this field' },
        },
        { object: POLICY, field: 'the object', now: 'gone' },
      ],
    });
    expect(text).toContain('CONTAINED, but CHANGED: ');
    expect(text).toContain('it was 1; written by another client that calls itself firebreak at');
    expect(text).toContain(
      '• label a of pod/checkout in shop is absent, it was 1; the last who wrote anything there was kubectl-&lt;edit&gt; at <!date^1795254060',
    );
    expect(text).toContain(
      '• networkpolicy/allow-all in shop is gone; the cluster’s audit log knows who deleted it.',
    );
    expect(text).toContain('Ask who did this before it is done again');
  });

  test('names what others did next to it', () => {
    const by = { manager: 'kubectl-create', at: '2026-11-21T09:41:00Z', wrote: 'this field' } as const;
    const { text } = message('proof-failed', { around: [{ object: POLICY, now: 'new', by }] });
    expect(text).toContain(
      'Done next to it since then, which may be why:\n• networkpolicy/allow-all in shop is new; written by kubectl-create at',
    );
  });

  test('has one button, which says which proof it is about', () => {
    const { blocks } = message('proof-failed');
    const buttons = blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    expect(buttons).toHaveLength(1);
    const [button] = buttons;
    if (button?.type !== 'button') throw new Error('it is no button');
    expect(button.text.text).toBe('Apply again');
    const click = {
      ...{ user: { id: 'U1', team_id: 'T1' }, channel: { id: 'C1' }, trigger_id: '1' },
      actions: [{ action_id: button.action_id, value: button.value }],
    };
    expect(readClick(click)?.pressed).toEqual({ kind: 'apply again', run: 'FB-2026-0007-1', proof: '7' });
  });

  test('is taken by Slack, whatever a cluster calls its things', () => {
    const nasty = `<!channel> *b* \`c\` \u202e😀\n`.repeat(40);
    const object = { ...POD, name: nasty };
    const by = { manager: nasty, at: '2026-11-21T09:41:00Z', wrote: 'this field' } as const;
    const about: About = {
      result: {
        kind: 'proven',
        proof: { ...proofOf('PARTIAL'), reasons: Array.from({ length: 50 }, () => nasty), next: nasty },
      },
      drifted: Array.from({ length: 60 }, () => ({
        ...({ object, field: nasty, now: 'changed', is: nasty, was: nasty, by } as const),
      })),
      around: Array.from({ length: 60 }, () => ({ object, now: 'new' as const, by })),
    };
    const { text, blocks } = message('proof-failed', about);
    checkBlocks(JSON.parse(JSON.stringify(blocks)), 'message');
    expect(JSON.stringify(blocks).length).toBeLessThan(13_000);
    expect(text).toContain('more with /k8s in-force');
    expect(text).not.toContain('<!channel>');
  });
});

test('a proof that is missing says since when, why, and what is not known', () => {
  const { text } = message('proof-missed', {
    result: { kind: 'not proven', code: 'cluster-timeout', why: 'The cluster is away. Look at it.' },
  });
  expect(text).toContain('NOT PROVEN since <!date^1795254000^{time}^09:40 UTC>: isolate');
  expect(text).toContain('The cluster is away. Look at it.');
  expect(text).toContain('whether it holds is not');
});

test('a proof that holds again mentions nobody', () => {
  const result = { kind: 'proven', proof: proofOf('CONTAINED') } as const;
  const { standing } = round({});
  const { text } = message('proof-again', { result, standing: { ...standing, state: 'good' } });
  expect(text).toContain('Proven again: CONTAINED at');
  expect(message('proof-again').text).toContain('did not get better: PARTIAL at');
  expect(text).not.toContain('<@');
});

describe('the card and the end of an isolation', () => {
  const verdictOf = (proven: ProvenRun | undefined, change: Partial<Run> = {}): string =>
    runVerdict(isolation({ ...change, ...(proven === undefined ? {} : { proven }) }));

  test('begin with its verdict, not with that it is done', () => {
    const result = { summary: '', findings: [], evidence: exampleEvidence };
    expect(verdictOf({ verdict: 'CONTAINED', at: NOW, state: 'good' }, { result })).toBe('CONTAINED');
    expect(verdictOf({ verdict: 'NOT ENFORCED', at: NOW, state: 'good' }, { result })).toBe('NOT ENFORCED');
    expect(verdictOf(undefined, { result: { ...result, verdict: 'PARTIAL' } })).toBe('PARTIAL');
    expect(verdictOf({ verdict: 'PARTIAL', at: NOW, state: 'good' }, { state: 'incomplete' })).toBe(
      'INCOMPLETE, PARTIAL',
    );
    const run = isolation({ result, proven: { verdict: 'NOT ENFORCED', at: NOW, state: 'good' } });
    expect(renderNotice('end', run, NOW).text).toContain('NOT ENFORCED isolate');
    expect(renderNotice('card', run, NOW).text).toMatch(/^NOT ENFORCED isolate/);
  });

  test('never call good what was changed since, or what is no longer proven', () => {
    expect(verdictOf({ verdict: 'CONTAINED', at: NOW, state: 'changed' })).toBe('CONTAINED, but CHANGED');
    expect(verdictOf({ verdict: 'CONTAINED', at: NOW, state: 'not proven' })).toBe('NOT PROVEN');
    expect(verdictOf({ state: 'not proven' })).toBe('NOT PROVEN');
  });

  test('say no verdict of what was undone', () => {
    expect(verdictOf({ verdict: 'CONTAINED', at: NOW, state: 'good' }, { undoneBy: 'FB-2026-0007-2' })).toBe(
      'Done',
    );
  });
});

describe('in the channel', () => {
  let slack: StandInSlack;
  let sender: NoticeSender;
  beforeEach(async () => {
    slack = await startSlack({ mode: 'http' });
    const logger = recordingLogger();
    const { client } = connectSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl, logger });
    sender = new NoticeSender(client, logger);
  });
  afterEach(() => slack.close());

  const send = async (id: string, attempt: OutboxItem['attempt']): Promise<string | undefined> => {
    const about = { round: round({ id, at: new Date() }), before: BEFORE };
    const item: OutboxItem = {
      ...{ id: `x/${id}`, run: isolation(), notice: 'proof-failed', about, attempt, version: 1 },
      channel: slack.channels.incident.id,
      cardTs: '1.1',
    };
    return sender.send(item, renderNotice(item.notice, item.run, NOW, about), () => true);
  };

  test('each failure has a message of its own, outside of every thread, found again by its proof', async () => {
    const first = await send('7', 'first');
    const second = await send('8', 'unsure');
    expect(second).not.toBe(first);
    expect(await send('8', 'unsure')).toBe(second);
    expect(slack.messages(slack.channels.incident.id).map(({ threadTs }) => threadTs)).toEqual([
      undefined,
      undefined,
    ]);
  });
});
