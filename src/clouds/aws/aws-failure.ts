import { type ErrorCode, FirebreakError } from '../../core/firebreak-error.ts';
import { isCertificateCode } from '../access/certificate-code.ts';
import { CLOCK_NEXT, skewText } from '../access/clock-skew.ts';
import type { AwsPlace } from './aws-place.ts';

/** Which call failed, and what is known beside the answer. */
export interface AwsCall {
  /** For the sentence: `DescribeCluster in eu-west-1`. */
  readonly call: string;
  /** Where the credentials came from. */
  readonly source: string;
  readonly place: AwsPlace;
  /** Milliseconds that AWS's clock is ahead of ours, where that is too much. */
  readonly skewMs: number | undefined;
}

type AwsFailureKind =
  | 'denied'
  | 'throttled'
  | 'key unknown'
  | 'expired'
  | 'signature'
  | 'unreachable'
  | 'untrusted'
  | 'not found'
  | 'invalid'
  | 'packed too large'
  | 'other';

const KINDS: Readonly<Record<string, AwsFailureKind>> = {
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  InvalidClientTokenId: 'key unknown',
  UnrecognizedClientException: 'key unknown',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  SignatureDoesNotMatch: 'signature',
  InvalidSignatureException: 'signature',
  RequestTimeTooSkewed: 'signature',
  RequestExpired: 'signature',
  RequestInTheFuture: 'signature',
  TimeoutError: 'unreachable',
  ResourceNotFoundException: 'not found',
  ValidationError: 'invalid',
  ValidationException: 'invalid',
  InvalidParameterException: 'invalid',
  PackedPolicyTooLarge: 'packed too large',
  PackedPolicyTooLargeException: 'packed too large',
};

/** Node's codes of connections. */
const NETWORK = /^(E[A-Z_]+|ERR_PROXY_TUNNEL)$/u;

const text = (error: unknown, key: 'name' | 'code' | 'message'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  return typeof value === 'string' ? value : '';
};

const status = (error: unknown): number => {
  const metadata: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, '$metadata') : undefined;
  const code: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return typeof code === 'number' ? code : 0;
};

/** What an error of the AWS SDK means. */
export const awsFailureKind = (error: unknown): AwsFailureKind =>
  KINDS[text(error, 'name')] ?? byCode(text(error, 'code'));

const byCode = (code: string): AwsFailureKind => {
  if (isCertificateCode(code)) return 'untrusted';
  return NETWORK.test(code) ? 'unreachable' : 'other';
};

/** Who AWS says was refused: `User: arn:… is not authorized to perform: …`. */
export const refusedPrincipal = (error: unknown): string | undefined =>
  /\bUser: (arn:[\w:/+=,.@-]{1,300}) is not authorized/u.exec(text(error, 'message'))?.[1];

/** Which action AWS says was refused, of several that one call needs: `sts:TagSession`. */
export const refusedAction = (error: unknown): string | undefined =>
  /\bis not authorized to perform: ([a-z0-9-]{1,30}:[A-Za-z]{1,60})\b/u.exec(text(error, 'message'))?.[1];

/**
 * What is kept of an error of AWS: its name, Node's code and the HTTP status. Its own message stays out, because the
 * one of a wrong signature quotes the request with its session token, and its `$response` holds the whole answer.
 */
export const awsCause = (error: unknown): Error =>
  Object.assign(new Error(text(error, 'name') || 'unknown'), {
    aws: text(error, 'code') || text(error, 'name'),
    status: status(error),
  });

interface Sentence {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
  readonly retry?: 'retry can help';
}

const sentence = (error: unknown, { call, source, place, skewMs }: AwsCall): Sentence => {
  switch (awsFailureKind(error)) {
    case 'throttled':
      return {
        code: 'cluster-throttled',
        message: `AWS throttled ${call}, several times in a row.`,
        next: 'Ask again in a minute; other users of the account share this limit.',
        retry: 'retry can help',
      };
    case 'key unknown':
      return {
        code: 'cluster-credentials',
        message: `AWS does not know the credentials that ${call} was signed with (${source}).`,
        next: 'Replace them: the key was deleted, is inactive, or belongs to another AWS partition.',
      };
    case 'expired':
      return {
        code: 'cluster-credentials',
        message: `The credentials for ${call} have expired (${source}).`,
        next: 'Renew them where they come from, and ask again.',
      };
    case 'signature':
      return skewMs === undefined
        ? {
            code: 'cluster-credentials',
            message: `AWS did not accept the signature of ${call}: the secret key does not belong to the key's id (${source}).`,
            next: 'Write key id and secret key again, as they were issued together.',
          }
        : {
            code: 'cluster-credentials',
            message: `AWS did not accept the signature of ${call}: the clock of this machine is ${skewText(skewMs)} AWS's.`,
            next: CLOCK_NEXT,
          };
    case 'unreachable':
      return {
        code: 'cluster-unreachable',
        message: `AWS did not answer ${call}: no connection in time (${text(error, 'code') || text(error, 'name')}).`,
        next: `Check this machine's way to AWS's APIs: HTTPS_PROXY, a VPC endpoint, name resolution.${place.fips ? ` Not every region has FIPS endpoints, which are asked for in ${place.region}.` : ''}`,
        retry: 'retry can help',
      };
    case 'untrusted':
      return {
        code: 'cluster-untrusted',
        message: `The server that answered ${call} has no certificate that is trusted as AWS's (${text(error, 'code')}).`,
        next: 'If a proxy here opens TLS, give its CA to Firebreak in NODE_EXTRA_CA_CERTS; otherwise check HTTPS_PROXY and AWS_ENDPOINT_URL.',
      };
    // The calls have sentences of their own for these.
    case 'denied':
    case 'not found':
    case 'invalid':
    case 'packed too large':
    case 'other':
      return {
        code: 'cluster-answer',
        message: `AWS failed at ${call} (${text(error, 'name') || 'unknown'}, HTTP ${status(error)}).`,
        next:
          status(error) >= 500
            ? "Ask again; if it stays so, look at AWS's health dashboard."
            : 'Check the AWS settings of this cluster in the configuration.',
        ...(status(error) >= 500 ? { retry: 'retry can help' as const } : {}),
      };
  }
};

/** Turns an error of the AWS SDK into a sentence, where the call has none of its own for it. */
export const awsFailure = (error: unknown, call: AwsCall): FirebreakError =>
  error instanceof FirebreakError
    ? error
    : new FirebreakError({ ...sentence(error, call), cause: awsCause(error) });

/** AWS was asked and gave no answer that settles anything: throttled, failing, or out of reach. */
export const isAwsOutage = (error: unknown): boolean =>
  error instanceof FirebreakError &&
  error.retry === 'retry can help' &&
  error.cause instanceof Error &&
  'aws' in error.cause;

/** A failure of the credentials that has a sentence of its own. */
export const awsCredentialProblem = (message: string, next: string, cause?: unknown): FirebreakError =>
  new FirebreakError({
    code: 'cluster-credentials',
    message,
    next,
    ...(cause === undefined ? {} : { cause: awsCause(cause) }),
  });
