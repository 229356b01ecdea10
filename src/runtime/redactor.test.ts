import { describe, expect, test } from 'vitest';
import { createRedactor } from './redactor.ts';

describe('a redactor', () => {
  const redact = createRedactor([
    'xoxb-1234567890',
    's1gning"secret',
    'postgres://firebreak:p%40ss%2Fw0rd@db.example/firebreak',
    undefined,
    'short',
  ]);

  test.each([
    ['a known secret', 'token xoxb-1234567890!', 'token [redacted]!'],
    ['a known secret within a JSON line', JSON.stringify({ err: 's1gning"secret' }), '{"err":"[redacted]"}'],
    [
      'the password of a known URL, as it is typed',
      'password p@ss/w0rd is wrong',
      'password [redacted] is wrong',
    ],
    ['the password of a known URL, as it is written in it', 'p%40ss%2Fw0rd', '[redacted]'],
    ['a Slack token that nobody told it of', 'xapp-1-A0-123456789-abcdef', '[redacted]'],
    ['a bearer token', 'authorization: Bearer eyJhbGciOi.J9_-x.y', 'authorization: [redacted]'],
    ['the password of any URL', 'socks5://kim:hunter2@proxy:1080', 'socks5://kim:[redacted]@proxy:1080'],
  ])('takes out %s', (_what, text, expected) => expect(redact(text)).toBe(expected));

  test.each(['a short word', 'https://example.com:8443/path@v1', 'Bearer of news', 'UID 9f1c at 12:30:01'])(
    'leaves %j alone',
    (text) => expect(redact(text)).toBe(text),
  );

  test.each(['://a:', 'Bearer ', 'xoxb-', '://', ':', 'a@'])(
    'goes through a megabyte of %j at once',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      expect(redact(text).length).toBeGreaterThan(0);
    },
    5_000,
  );
});
