import type { AwsPartitionName } from '../account/aws-account.ts';
import { isStsHost } from './sts-hosts.ts';

/** The request that a token stands for, after every check that needs no secret. */
export type ReadToken =
  | { readonly kind: 'read'; readonly target: string; readonly host: string }
  | { readonly kind: 'refused'; readonly why: string };

const PREFIX = 'k8s-aws-v1.';
const MAX_TOKEN_BYTES = 4_096;
const MAX_EXPIRES_SECONDS = 900;
const TOKEN_LIFE_MS = 15 * 60_000;
const ALLOWED: ReadonlySet<string> = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

const refused = (why: string): ReadToken => ({ kind: 'refused', why });

/**
 * The rules of aws-iam-authenticator's `Verify`, in its order and with its words.
 * Source: aws-iam-authenticator, pkg/token/token.go.
 */
export function readToken(token: string, now: Date, partition: AwsPartitionName): ReadToken {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return refused('token is too large');
  if (!token.startsWith(PREFIX)) return refused('token is missing expected "k8s-aws-v1." prefix');
  const encoded = token.slice(PREFIX.length);
  // Go's RawURLEncoding: no padding, no other alphabet, no length that can't be.
  if (!/^[A-Za-z0-9_-]*$/.test(encoded) || encoded.length % 4 === 1) return refused('illegal base64 data');
  const text = Buffer.from(encoded, 'base64url').toString('utf8');
  const url = URL.parse(text);
  if (url === null) return refused('URL could not be parsed');
  if (url.protocol !== 'https:') return refused(`unexpected scheme "${url.protocol}" in pre-signed URL`);
  if (!isStsHost(url.host, partition)) return refused(`unexpected hostname "${url.host}" in pre-signed URL`);
  if (url.pathname !== '/') return refused(`unexpected path "${url.pathname}" in pre-signed URL`);

  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    const lower = name.toLowerCase();
    if (!ALLOWED.has(lower)) return refused(`non-whitelisted query parameter "${name}"`);
    if (parameters.has(lower)) return refused('query parameter with multiple values not supported');
    parameters.set(lower, value);
  }
  if (parameters.get('action') !== 'GetCallerIdentity')
    return refused('unexpected action parameter in pre-signed URL');
  const signed = (parameters.get('x-amz-signedheaders') ?? '').toLowerCase().split(';');
  if (!signed.includes('x-k8s-aws-id')) return refused('client did not sign the x-k8s-aws-id header');
  const expires = parameters.get('x-amz-expires') ?? '';
  if (!/^-?\d+$/.test(expires) || Number(expires) < 0 || Number(expires) > MAX_EXPIRES_SECONDS)
    return refused(`invalid X-Amz-Expires parameter in pre-signed URL: ${expires}`);
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(parameters.get('x-amz-date') ?? '');
  if (date === null) return refused('X-Amz-Date parameter must be present in pre-signed URL');
  const [, year, month, day, hour, minute, second] = date;
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (now.getTime() > signedAt + TOKEN_LIFE_MS)
    return refused('X-Amz-Date parameter is expired (15 minute expiration)');
  return { kind: 'read', host: url.host, target: text.slice(url.origin.length) };
}
