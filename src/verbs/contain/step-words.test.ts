import { expect, test } from 'vitest';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { doneSteps, type StepEnd, whatWasDone } from './step-words.ts';

const done = (step: StepEnd['step'], summary: string, titles: readonly string[] = []): StepEnd => ({
  ...{ step, kind: 'done' },
  outcome: { summary, findings: titles.map((title) => ({ title, lines: ['a line'] })) },
});
const cut: StepEnd = {
  ...{ step: 'isolate', kind: 'done' },
  outcome: {
    ...{ summary: 'CONTAINED: pod/x.', verdict: 'CONTAINED' },
    findings: [{ title: 'Verdict', lines: ['Nothing got through.'] }],
  },
};
const failed: StepEnd = {
  ...{ step: 'hold', kind: 'failed' },
  error: new FirebreakError({ code: 'conflict', message: 'It is held by another.', next: 'Look at it.' }),
};
const collected: StepEnd = {
  ...{ step: 'volatile', kind: 'collected', waited: 'late' },
  shortfalls: [{ name: 'volatile.jsonl', why: 'It has no shell.', next: 'Take it from the node.' }],
};

test('the verdict comes first, then what failed, then the order', () => {
  const { summary, verdict } = doneSteps([failed, collected, cut, done('label', 'It is labelled.')]);
  expect(verdict).toBe('CONTAINED');
  expect(summary).toMatch(
    /^CONTAINED: pod\/x\. NOT DONE: hold\. It is held by another\. .*In this order: hold, volatile, isolate, label\.$/,
  );
});

test('each step has a line, in its order', () => {
  const [steps] = doneSteps([
    failed,
    collected,
    cut,
    { step: 'cordon', kind: 'left out' },
    { ...collected, shortfalls: [], waited: 'ended' },
  ]).findings;
  expect(steps?.title).toBe('Steps');
  expect(steps?.lines.map((line) => line.replace(/ \(E-.*/u, ''))).toEqual([
    'hold: NOT DONE. It is held by another. Look at it.',
    'volatile: INCOMPLETE. It has no shell. Take it from the node. It was not waited for: the pod was cut off meanwhile.',
    'isolate: CONTAINED: pod/x.',
    'cordon: left out, as its card said.',
    'volatile: processes, sockets and mounts were collected.',
  ]);
});

test('what the cut found comes before what the others found, and what was looked up last', () => {
  const { findings } = doneSteps([
    done('hold', '', ['A']),
    done('inspect', '', ['B']),
    cut,
    done('label', '', ['C']),
  ]);
  expect(findings.map(({ title }) => title)).toEqual([
    ...['Steps', 'isolate: Verdict', 'hold: A', 'label: C', 'inspect: B'],
  ]);
});

test('of a run whose cut failed it is said what the other steps did, and not that one', () => {
  expect(
    whatWasDone([
      failed,
      { ...failed, step: 'isolate' },
      done('label', ''),
      { step: 'cordon', kind: 'left out' },
    ]),
  ).toBe('Done: label. NOT DONE: hold. It is held by another.');
});
