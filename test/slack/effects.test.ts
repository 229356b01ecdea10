import { describe, expect, it } from 'vitest';
import { EFFECTS, type Effect } from '../../src/core/effect.ts';
import type { Notice, Run } from '../../src/flow/ledger.ts';
import { renderNotice } from '../../src/slack/render-notice.ts';
import { wordsOf } from '../scenarios/message-words.ts';
import { endedRun, labelPlan } from './example-changes.ts';
import { exampleRun } from './example-run.ts';

const NOW = new Date('2026-11-20T14:03:00Z');
const blocksOf = (run: Run, notice: Notice) => renderNotice(notice, run, NOW).blocks;
const said = (run: Run, notice: Notice): string => wordsOf(blocksOf(run, notice));
const labelsOf = (run: Run): readonly string[] =>
  blocksOf(run, 'card').flatMap((block) =>
    block.type === 'actions'
      ? block.elements.flatMap((element) => (element.type === 'button' ? [element.text.text] : []))
      : [],
  );
const planOf = (effect: Effect) => ({ ...labelPlan, effect });

describe('what a verb declares of itself', () => {
  it.each(EFFECTS)('decides whether its run has an Undo: %s', (effect) => {
    const run = endedRun(planOf(effect), 'applied');
    const offered = effect === 'change' || effect === 'compensated';
    expect(labelsOf(run).includes('Undo')).toBe(offered);
    expect(said(run, 'end').includes('Undo is on the card')).toBe(offered);
    expect(said(run, 'artifacts').includes('To put it back without Firebreak')).toBe(offered);
  });

  it('is said at the end where nothing can be put back', () => {
    const run = endedRun(planOf('irreversible'), 'applied');
    expect(said(run, 'end')).toContain('What it did is irreversible: there is no undo.');
    expect(said(run, 'artifacts')).toContain('To look, since it can’t be put back:');
    expect(said(endedRun(labelPlan, 'applied'), 'end')).not.toContain('irreversible');
  });

  it('is asked before a run that is under way is cancelled', () => {
    const running = (effect: Effect) =>
      JSON.stringify(blocksOf(exampleRun({ plan: planOf(effect), state: 'running', fence: 1 }), 'card'));
    expect(running('change')).toContain('Undo on this card puts it back.');
    expect(running('compensated')).toContain('Undo on this card puts it back.');
    expect(running('irreversible')).toContain('What was already done stays done: it is irreversible.');
    expect(running('irreversible')).not.toContain('puts it back');
  });
});

describe('who asked on the host', () => {
  const plan = { ...labelPlan, onHost: { uid: 1000 } };
  it.each(['planned', 'running', 'succeeded'] as const)('is said on a card that is %s', (state) => {
    const run = exampleRun({ plan, state });
    expect(said(run, 'card')).toMatch(
      /Asked on the host in the name of @\w+ by user 1000 of its operating system, not checked by Slack/u,
    );
    expect(said(exampleRun({ plan: labelPlan, state }), 'card')).not.toContain('on the host');
  });

  it('is said in the notification', () => {
    expect(renderNotice('card', exampleRun({ plan, state: 'planned' }), NOW).text).toMatch(
      /Someone on the host asks in the name of <@\w+>, not checked by Slack:/u,
    );
  });
});
