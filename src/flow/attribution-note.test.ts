import { expect, test } from 'vitest';
import { FirebreakError } from '../core/firebreak-error.ts';
import { withAttribution } from './attribution-note.ts';

const refused = new FirebreakError({
  code: 'not-allowed',
  message: 'Firebreak may not patch pods.',
  next: 'Grant patch pods to its identity.',
});

test('a refusal says that runs are not the user whom the rights may be bound to, and how to mend that', () => {
  const told = withAttribution(refused, { kind: 'too much', what: ['the group ops'] }, 'prod');
  expect(told.message).toBe(
    'Firebreak may not patch pods. Runs do not act as firebreak:prod here, since Firebreak’s identity may impersonate more than that user: the group ops.',
  );
  expect(told.next).toContain('Take that right away from it');
  expect(told.next).toContain('firebreak check prod');
});

test('nothing is added where runs act as that user, where none was to, and to other failures', () => {
  expect(withAttribution(refused, { kind: 'impersonated', user: 'firebreak:prod' }, 'prod')).toBe(refused);
  expect(withAttribution(refused, { kind: 'user agent', why: 'it may not' }, 'prod')).toBe(refused);
  const other = new FirebreakError({ code: 'not-found', message: 'Gone.', next: 'Look.' });
  expect(withAttribution(other, { kind: 'too much', what: ['x'] }, 'prod')).toBe(other);
});
