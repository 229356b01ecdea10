import { timingSafeEqual } from 'node:crypto';
import { canonicalRequest, type PathRule } from './signature-v4/canonical-request.ts';
import { type Headers, headerValues } from './signature-v4/headers.ts';
import { splitTarget } from './signature-v4/raw-query.ts';
import { type Authorization, readAuthorization } from './signature-v4/read-authorization.ts';
import { hmac, scopeText, sha256Hex, signingKey } from './signature-v4/signing-key.ts';

/** A key pair as the account knows it. */
export interface AccessKey {
  readonly secretAccessKey: string;
  /** Of temporary credentials: has to come with every request. */
  readonly sessionToken?: string;
  /** Of temporary credentials: milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** A request as it came. A peer that rebuilds a request, like aws-iam-authenticator, supplies headers of its own. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as on the request line, not decoded. */
  readonly target: string;
  /** Names in any case. Pass lists (`headersDistinct` of Node) where a header may come twice. */
  readonly headers: Headers;
  /** SHA-256 of the body in hex, or what stands for it (`UNSIGNED-PAYLOAD`, `STREAMING-…`). */
  readonly payloadHash: string;
}

export interface SignatureRules {
  readonly service: string;
  /** Any region when left out. */
  readonly region?: string;
  readonly now: Date;
  /** `undefined` for a key that nobody has. */
  readonly accessKey: (accessKeyId: string) => AccessKey | undefined;
  /** 's3' for S3, which alone does not encode the path twice. */
  readonly pathRule: PathRule;
  /** How far a header-signed request's clock may be off, and how far ahead a presigned one's; 15 minutes when left out. */
  readonly maxSkewMs?: number;
}

/** What AWS tells apart. Each service has its own name and status for them. */
export const SIGNATURE_REFUSALS = [
  'missing',
  'malformed',
  'headers not signed',
  'unknown access key',
  'date skewed',
  'presign expired',
  'presign not yet valid',
  'presign too long',
  'wrong scope',
  'session token missing',
  'session token unknown',
  'session token expired',
  'wrong signature',
] as const;
export type SignatureRefusal = (typeof SIGNATURE_REFUSALS)[number];

export interface ValidSignature {
  readonly kind: 'valid';
  readonly accessKeyId: string;
  /** With the signing key and the scope, what the signatures of an aws-chunked body go on from. */
  readonly authorization: Authorization;
  readonly signingKey: Buffer;
}

export interface RefusedSignature {
  readonly kind: 'refused';
  readonly code: SignatureRefusal;
  readonly message: string;
  readonly authorization?: Authorization;
  /** What the verifier computed, for a wrong signature: S3 shows both to the client. */
  readonly computed?: { readonly canonicalRequest: string; readonly stringToSign: string };
}

const DEFAULT_MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRES_SECONDS = 604_800;

/**
 * Recomputes AWS Signature Version 4 of a request signed in its header or in its query, and says what is wrong with it.
 * Time and keys are the caller's, so that the answer depends on nothing else.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignatureV4(
  request: SignedRequest,
  rules: SignatureRules,
): ValidSignature | RefusedSignature {
  const { path, query } = splitTarget(request.target);
  const read = readAuthorization(request.headers, query);
  if (read.kind === 'missing') return refused('missing', 'The request carries no signature');
  if (read.kind === 'malformed') return refused('malformed', read.message);
  const { authorization } = read;
  const { scope } = authorization;

  const unsigned = unsignedHeaders(request.headers, authorization);
  if (unsigned.length > 0)
    return refused(
      'headers not signed',
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
      authorization,
    );
  const key = rules.accessKey(authorization.accessKeyId);
  if (key === undefined)
    return refused('unknown access key', `Nobody has the key ${authorization.accessKeyId}`, authorization);
  const late = timeRefusal(authorization, rules) ?? scopeRefusal(authorization, rules);
  if (late !== undefined) return refused(...late, authorization);
  const token = tokenRefusal(authorization, key, rules.now.getTime());
  if (token !== undefined) return refused(...token, authorization);

  const canonical = canonicalRequest({
    method: request.method,
    path,
    query,
    headers: request.headers,
    signedHeaders: authorization.signedHeaders,
    payloadHash: request.payloadHash,
    pathRule: rules.pathRule,
  });
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    authorization.timestamp,
    scopeText(scope),
    sha256Hex(canonical),
  ].join('\n');
  const derived = signingKey(key.secretAccessKey, scope);
  if (!timingSafeEqual(hmac(derived, stringToSign), Buffer.from(authorization.signature, 'hex')))
    return {
      ...refused('wrong signature', 'The signature is not the one that the key makes', authorization),
      computed: { canonicalRequest: canonical, stringToSign },
    };
  return { kind: 'valid', accessKeyId: authorization.accessKeyId, authorization, signingKey: derived };
}

type Refusal = readonly [SignatureRefusal, string];

// The host and every x-amz-* header that is there have to be signed.
function unsignedHeaders(headers: Headers, authorization: Authorization): readonly string[] {
  const present = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .filter((name) => name.startsWith('x-amz-') && headerValues(headers, name).length > 0);
  return [...new Set(['host', ...present])].filter((name) => !authorization.signedHeaders.includes(name));
}

function timeRefusal(authorization: Authorization, rules: SignatureRules): Refusal | undefined {
  const { signedAt, expiresSeconds } = authorization;
  const now = rules.now.getTime();
  const maxSkew = rules.maxSkewMs ?? DEFAULT_MAX_SKEW_MS;
  if (expiresSeconds === undefined)
    return Math.abs(now - signedAt) > maxSkew
      ? ['date skewed', `Signed at ${iso(signedAt)}, and it is ${iso(now)}`]
      : undefined;
  if (expiresSeconds < 1 || expiresSeconds > MAX_EXPIRES_SECONDS)
    return ['presign too long', 'X-Amz-Expires must be at least 1 and less than a week (in seconds)'];
  if (now > signedAt + expiresSeconds * 1000)
    return ['presign expired', `Expired at ${iso(signedAt + expiresSeconds * 1000)}, and it is ${iso(now)}`];
  if (signedAt - now > maxSkew)
    return ['presign not yet valid', `Signed for ${iso(signedAt)}, and it is ${iso(now)}`];
  return undefined;
}

function scopeRefusal(authorization: Authorization, rules: SignatureRules): Refusal | undefined {
  const { scope, timestamp } = authorization;
  if (scope.service !== rules.service)
    return ['wrong scope', `the service '${scope.service}' is wrong; expecting '${rules.service}'`];
  if (rules.region !== undefined && scope.region !== rules.region)
    return ['wrong scope', `the region '${scope.region}' is wrong; expecting '${rules.region}'`];
  if (!timestamp.startsWith(scope.date))
    return ['wrong scope', `the date '${scope.date}' is not the day of ${timestamp}`];
  return undefined;
}

function tokenRefusal(authorization: Authorization, key: AccessKey, now: number): Refusal | undefined {
  const { sessionToken } = authorization;
  if (key.sessionToken !== undefined && sessionToken === undefined)
    return ['session token missing', 'This key is temporary and needs its session token'];
  if (sessionToken !== key.sessionToken)
    return ['session token unknown', 'The session token is not of this key'];
  if (key.expiresAt !== undefined && now >= key.expiresAt)
    return ['session token expired', `The credentials expired at ${iso(key.expiresAt)}`];
  return undefined;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function refused(code: SignatureRefusal, message: string, authorization?: Authorization): RefusedSignature {
  return { kind: 'refused', code, message, ...(authorization === undefined ? {} : { authorization }) };
}
