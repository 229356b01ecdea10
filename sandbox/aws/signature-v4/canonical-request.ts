import { type Headers, headerValues } from './headers.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';
import type { QueryPair } from './raw-query.ts';

/**
 * How the path enters the canonical request. S3 encodes it once and leaves dots and double slashes alone; every other
 * service normalises it after RFC 3986 and encodes it twice.
 */
export type PathRule = 's3' | 'normalised and encoded twice';

export interface CanonicalParts {
  readonly method: string;
  /** As on the request line. */
  readonly path: string;
  readonly query: readonly QueryPair[];
  readonly headers: Headers;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  readonly pathRule: PathRule;
}

/**
 * "Create a canonical request" of the specification: six parts joined by line feeds.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(parts: CanonicalParts): string {
  const headers = parts.signedHeaders.map((name) => `${name}:${canonicalValue(parts.headers, name)}\n`);
  return [
    parts.method,
    parts.pathRule === 's3' ? encodedOnce(parts.path) : encodedTwice(parts.path),
    canonicalQuery(parts.query),
    headers.join(''),
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

function canonicalValue(headers: Headers, name: string): string {
  return headerValues(headers, name)
    .map((value) => value.trim().replace(/\s+/g, ' '))
    .join(',');
}

function canonicalQuery(query: readonly QueryPair[]): string {
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .toSorted(([a, x], [b, y]) => byCode(a, b) || byCode(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

// The specification sorts by code point; what was encoded is ASCII.
function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encodedOnce(path: string): string {
  const decoded = path.split('/').map((segment) => percentEncode(percentDecode(segment) ?? segment));
  return decoded.join('/') || '/';
}

function encodedTwice(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(percentEncode(segment));
  }
  const last = /\/\.{0,2}$/.test(path) && kept.length > 0 ? '/' : '';
  return `/${kept.join('/')}${last}`;
}
