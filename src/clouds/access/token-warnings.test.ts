import { describe, expect, it } from 'vitest';
import { staticTokenWarnings } from './token-warnings.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;
const token = (claims: unknown): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const ending = (inSeconds: number): string => token({ exp: NOW.getTime() / 1_000 + inSeconds });

describe('a token that stands in a file', () => {
  it.each([
    ['ends within a day', ending(DAY_S), []],
    ['ends in a year', ending(365 * DAY_S), [/valid for 365 more days.*token file that is renewed/u]],
    ['has ended', ending(-HOUR_S), [/ended at 2025-12-31T23:00:00.000Z.*new one/u]],
    ['has no end', token({ sub: 'system:serviceaccount:a:b' }), [/does not say when it ends/u]],
    ['is no JSON Web Token', 'abc', [/does not say when it ends/u]],
    ['only looks like one', 'a.b.c', [/does not say when it ends/u]],
    ['has an end that is no number', token({ exp: 'never' }), [/does not say when it ends/u]],
    ['is what oc login wrote', 'sha256~2mG0eLq', [/OpenShift login of a person.*oc create token/u]],
  ])('that %s', (_what, text, warnings) => {
    expect(staticTokenWarnings(text, NOW)).toEqual(warnings.map((says) => expect.stringMatching(says)));
  });

  it('is never quoted', () => {
    for (const text of ['sha256~2mG0eLq', 'a-static-token', ending(365 * DAY_S), ending(-1)])
      expect(staticTokenWarnings(text, NOW).join()).not.toContain(text);
  });
});
