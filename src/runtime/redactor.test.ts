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
    [
      'the signature and the session token of a presigned URL',
      'GET https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Security-Token=IQoJb3%2FJp%2BZ%3D&X-Amz-Signature=0a1b2c3d4e5f6071&x-id=GetObject failed',
      'GET https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Security-Token=[redacted]&X-Amz-Signature=[redacted]&x-id=GetObject failed',
    ],
    [
      'the same in a query that was encoded once more',
      'next=https%3A%2F%2Fb%3FX-Amz-Signature%3D0a1b2c3d4e5f6071',
      'next=https%3A%2F%2Fb%3FX-Amz-Signature%3D[redacted]',
    ],
    [
      'the same in a JSON line, where it ends with its string',
      JSON.stringify({ url: 'https://b/k?X-Amz-Signature=0a1b2c3d4e5f6071', run: 'FB-1' }),
      '{"url":"https://b/k?X-Amz-Signature=[redacted]","run":"FB-1"}',
    ],
    [
      'the session token in headers',
      JSON.stringify({ 'x-amz-security-token': 'IQoJb3JpZ2luX2VjEA', other: 'stays' }),
      '{"x-amz-security-token":"[redacted]","other":"stays"}',
    ],
    [
      'the same headers in a string of a JSON line',
      JSON.stringify({ err: JSON.stringify({ 'X-Amz-Security-Token': 'IQoJb3JpZ2luX2VjEA' }) }),
      JSON.stringify({ err: JSON.stringify({ 'X-Amz-Security-Token': '[redacted]' }) }),
    ],
    [
      'the signature in an authorization header',
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0a1b2c3d4e5f60718',
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=[redacted]',
    ],
    [
      'a token for an EKS cluster',
      'token k8s-aws-v1.aHR0cHM6Ly9zdHM_x-y refused',
      'token [redacted] refused',
    ],
    ['the password of any URL', 'socks5://kim:hunter2@proxy:1080', 'socks5://kim:[redacted]@proxy:1080'],
  ])('takes out %s', (_what, text, expected) => expect(redact(text)).toBe(expected));

  test.each([
    'a short word',
    'https://example.com:8443/path@v1',
    'Bearer of news',
    'X-Amz-Signature= is missing',
    'UID 9f1c at 12:30:01',
  ])('leaves %j alone', (text) => expect(redact(text)).toBe(text));

  test.each(['://a:', 'Bearer ', 'xoxb-', '://', ':', 'a@', 'X-Amz-Signature=', 'X-Amz-Security-Token":'])(
    'goes through a megabyte of %j at once',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      expect(redact(text).length).toBeGreaterThan(0);
    },
    5_000,
  );
});
