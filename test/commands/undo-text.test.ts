import { expect, test } from 'vitest';
import { endLines, failureLine, handLines, planLines } from '../../src/commands/undo/undo-text.ts';
import { endedRun, labelWrite, undoPlan } from '../slack/example-changes.ts';

const field = { path: ['metadata', 'annotations', 'note'], before: 'http://10.0.0.7/\u001b[2J', after: null };
const write = { ...labelWrite, fields: [field] };
const run = endedRun({ ...undoPlan, writes: [write] }, 'applied');

test('what comes from a suspect neither acts in a terminal nor can be pressed there', () => {
  for (const lines of [planLines(run), endLines(run)]) {
    expect(lines.join('\n')).toContain('annotation note: hxxp://10[.]0[.]0[.]7/ [2J ▶ absent');
    expect(lines.join('\n')).not.toContain('\u001b');
  }
  const sentence = 'annotation note is now `http://10.0.0.7/\u001b[2J`. (E-00000000)';
  expect(failureLine({ sentence })).toBe('annotation note is now `hxxp://10[.]0[.]0[.]7/ [2J`. (E-00000000)');
});

test('an object that is taken away is named, and its manifest is left out', () => {
  const object = {
    kind: 'networkpolicy',
    namespace: 'payments',
    name: 'firebreak-x',
    uid: 'made:x',
  } as const;
  const plan = {
    ...undoPlan,
    writes: [{ object, fields: [{ path: ['(object)'], before: '{"kind":"NetworkPolicy"}', after: null }] }],
  };
  expect(planLines(endedRun(plan, 'applied'))).toContain(
    '  networkpolicy/firebreak-x in payments: is deleted',
  );
});

test('a command is printed as it has to be typed, and what nobody can see in it is written out', () => {
  const command = 'kubectl patch pods/x -p \'{"a":"http://10.0.0.7/\u007f"}\'';
  expect(handLines([{ does: 'puts it back', command }])[1]).toBe(
    '  kubectl patch pods/x -p \'{"a":"http://10.0.0.7/\\u007f"}\'',
  );
  expect(handLines([])).toEqual([]);
});
