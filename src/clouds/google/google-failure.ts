import { type ErrorCode, FirebreakError } from '../../core/firebreak-error.ts';
import { isCertificateCode } from '../access/certificate-code.ts';
import { CLOCK_NEXT, skewText } from '../access/clock-skew.ts';
import { type GoogleRefusal, googleRefusal, MALFORMED } from './google-refusal.ts';
import { ownFailure } from './own-failure.ts';

/** Which call failed, and what is known beside the answer. */
export interface GoogleCall {
  /** For the sentence: `container.clusters.get of projects/p/…`. */
  readonly call: string;
  /** Where the credentials came from. */
  readonly source: string;
  /** Milliseconds that Google's clock is ahead of ours, where that is worth a word. */
  readonly skewMs: number | undefined;
}

interface Sentence {
  readonly code: ErrorCode;
  readonly message: string;
  readonly next: string;
  readonly retry?: 'retry can help';
}

const SCOPE_MISSING = 'ACCESS_TOKEN_SCOPE_INSUFFICIENT';
const PERIMETER = 'SECURITY_POLICY_VIOLATED';

/** Whether an assertion's times are what Google does not take. Source: Google's answer itself; its documentation names no limit. */
export const blamesClock = (refusal: GoogleRefusal): boolean =>
  refusal.word === 'invalid_grant' && refusal.says(/reasonable timeframe/iu);

/** Whether a permission is missing, and not something else that is answered in the same way. */
export const lacksPermission = ({ status, reason }: GoogleRefusal): boolean =>
  status === 403 && reason !== SCOPE_MISSING && reason !== PERIMETER;

const withoutAnswer = ({ word }: GoogleRefusal, { call }: GoogleCall): Sentence =>
  isCertificateCode(word)
    ? {
        code: 'cluster-untrusted',
        message: `The server that answered ${call} has no certificate that is trusted as Google's (${word}).`,
        next: 'If a proxy here opens TLS, give its CA to Firebreak in NODE_EXTRA_CA_CERTS; otherwise check HTTPS_PROXY.',
      }
    : {
        code: 'cluster-unreachable',
        message: `Google did not answer ${call}: no connection in time (${word}).`,
        next: "Check this machine's way to Google's APIs: HTTPS_PROXY, Private Google Access, name resolution.",
        retry: 'retry can help',
      };

const sentence = (refusal: GoogleRefusal, about: GoogleCall): Sentence => {
  const { status, word, reason } = refusal;
  const { call, source, skewMs } = about;
  if (word === MALFORMED)
    return {
      code: 'cluster-answer',
      message: `What was answered to ${call} is not an answer of Google's.`,
      next: 'Check that no proxy answers in its place, and CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER where that is set.',
    };
  if (status === 0) return withoutAnswer(refusal, about);
  if (status === 429)
    return {
      code: 'cluster-throttled',
      message: `Google throttled ${call}, several times in a row.`,
      next: 'Ask again in a minute; other users of the project share this quota.',
      retry: 'retry can help',
    };
  if (status === 401)
    return {
      code: 'cluster-credentials',
      message: `Google did not accept the access token for ${call} (${source}).`,
      next: 'Check that the account is not disabled or deleted, and renew its credentials.',
    };
  if (reason === SCOPE_MISSING)
    return {
      code: 'cluster-credentials',
      message: `The access token for ${call} lacks the scope cloud-platform (${source}).`,
      next: "Give the machine the access scope cloud-platform (https://www.googleapis.com/auth/cloud-platform), or use GKE's workload identity.",
    };
  if (reason === PERIMETER)
    return {
      code: 'cluster-credentials',
      message: `VPC Service Controls keep this machine from ${call}.`,
      next: "Let Firebreak's account in from this network by an ingress rule of the perimeter, or run it inside.",
    };
  if (blamesClock(refusal))
    return {
      code: 'cluster-credentials',
      message: `Google did not accept the assertion of ${call}: ${skewMs === undefined ? "the clock of this machine is not Google's" : `the clock of this machine is ${skewText(skewMs)} Google's`}.`,
      next: CLOCK_NEXT,
    };
  return {
    code: 'cluster-answer',
    message: `Google failed at ${call} (${reason ?? word}, HTTP ${status}).`,
    next:
      status >= 500
        ? "Ask again; if it stays so, look at Google Cloud's service health."
        : 'Check the Google settings of this cluster in the configuration.',
    ...(status >= 500 ? { retry: 'retry can help' as const } : {}),
  };
};

/** Turns what a call threw into a sentence, where the call has none of its own for it. */
export const googleFailure = (thrown: unknown, call: GoogleCall): FirebreakError => {
  const own = ownFailure(thrown);
  if (own !== undefined) return own;
  const refusal = googleRefusal(thrown);
  return new FirebreakError({ ...sentence(refusal, call), cause: refusal });
};

/** Google was asked and gave no answer that settles anything: throttled, failing, or out of reach. */
export const isGoogleOutage = (error: unknown): boolean =>
  error instanceof FirebreakError &&
  error.retry === 'retry can help' &&
  error.cause instanceof Error &&
  error.cause.name === 'GoogleRefusal';

/** A failure of the credentials that has a sentence of its own. */
export const googleCredentialProblem = (message: string, next: string, cause?: unknown): FirebreakError =>
  new FirebreakError({
    code: 'cluster-credentials',
    message,
    next,
    ...(cause === undefined ? {} : { cause: googleRefusal(cause) }),
  });
