import { FirebreakError, type Retry } from '../../core/firebreak-error.ts';
import { s3Location } from './s3-keys.ts';
import { type S3Operation, S3Refusal } from './s3-refusal.ts';
import type { S3Settings } from './s3-settings.ts';

interface Sentence {
  /** Follows `The evidence store at s3://…`. */
  readonly what: string;
  readonly next: string;
  readonly retry?: Retry;
}

/** What IAM has to allow for each call. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
const ACTIONS: Readonly<Record<S3Operation, string>> = {
  AbortMultipartUpload: 's3:AbortMultipartUpload',
  CompleteMultipartUpload: 's3:PutObject',
  CopyObject: 's3:GetObject and s3:PutObject',
  CreateMultipartUpload: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  GetBucketVersioning: 's3:GetBucketVersioning',
  GetObject: 's3:GetObject',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
  HeadObject: 's3:GetObject and s3:ListBucket',
  ListMultipartUploads: 's3:ListBucketMultipartUploads',
  ListObjectsV2: 's3:ListBucket',
  ListParts: 's3:ListMultipartUploadParts',
  PutObject: 's3:PutObject',
  UploadPart: 's3:PutObject',
  UploadPartCopy: 's3:GetObject and s3:PutObject',
};

/** Node's own codes, and the SDK's name of a time-out. */
const NO_ANSWER = /^(?:[A-Z][A-Z0-9_]+|TimeoutError)$/u;
/** OpenSSL's names of what is wrong with a certificate. Source: Node.js documentation, TLS, "X509 certificate error codes". */
const CERTIFICATE = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|CA$|HOSTNAME/u;
const ASK_AGAIN = 'Ask again; if it stays so, look at the health of the store.';

const denied = (settings: S3Settings, refusal: S3Refusal): Sentence => {
  const who = refusal.deniedPrincipal ?? 'the identity of Firebreak';
  const action = refusal.deniedAction ?? ACTIONS[refusal.operation];
  const where = action.startsWith('kms:') ? 'its KMS key' : `the bucket ${settings.bucket}`;
  return {
    what: `refused ${refusal.operation}: ${who} lacks ${action}`,
    next: `Allow ${action} on ${where} in its IAM policy, and look for a denial in the bucket's policy; docs/operations.md has the whole policy. Then ask again.`,
  };
};

const wrongRegion = ({ region, bucket }: S3Settings, { bucketRegion }: S3Refusal): Sentence => ({
  what:
    bucketRegion === undefined || bucketRegion === region
      ? `does not lie in the region ${region}`
      : `lies in the region ${bucketRegion}, not in ${region}`,
  next: `Set evidence.s3.region to the region of the bucket ${bucket}, then start again.`,
});

const kms = ({ kmsKeyId }: S3Settings, { code }: S3Refusal): Sentence => ({
  what: `could not use the KMS key ${kmsKeyId ?? 'of the bucket'} (${code})`,
  next: 'Check that the key exists in the region of the bucket, is enabled, and lets Firebreak use it; then ask again.',
});

const unreachable = ({ operation, code }: S3Refusal): Sentence =>
  CERTIFICATE.test(code)
    ? {
        what: `shows a certificate that can't be verified (${code})`,
        next: 'Name the authority that issued it in the file that NODE_EXTRA_CA_CERTS points to, then start again. Firebreak verifies TLS always.',
      }
    : {
        what: `did not answer ${operation} (${code})`,
        next: 'Check the way there: evidence.s3.endpoint, HTTPS_PROXY, NO_PROXY, a VPC endpoint. Then ask again.',
        retry: 'retry can help',
      };

const credentials: Sentence = {
  what: 'does not accept the credentials that Firebreak has',
  next: 'Renew them where they come from, then ask again.',
};

/** By S3's code. Source: Amazon S3 API Reference, "Error responses". */
const sentenceOf = (settings: S3Settings, refusal: S3Refusal): Sentence => {
  const { code, status, operation } = refusal;
  switch (code) {
    case 'AccessDenied':
    case 'AllAccessDisabled':
      return denied(settings, refusal);
    case 'NoSuchBucket':
      return {
        what: `is gone: there is no bucket ${settings.bucket}`,
        next: 'Make it, or point evidence.s3.bucket at one that exists, then ask again.',
      };
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return wrongRegion(settings, refusal);
    case 'ExpiredToken':
    case 'TokenRefreshRequired':
    case 'InvalidToken':
      return {
        ...credentials,
        what: `says that the credentials of Firebreak have ended (${code})`,
        retry: 'retry can help',
      };
    case 'InvalidAccessKeyId':
      return credentials;
    case 'SignatureDoesNotMatch':
      return {
        what: 'does not accept the signature: the secret key does not belong to the id of the key',
        next: 'Write both again as they were issued, then ask again.',
      };
    case 'RequestTimeTooSkewed':
      return {
        what: 'does not accept the signature: the clock of this machine is wrong by more than 15 minutes',
        next: 'Set the clock (NTP), then ask again.',
      };
    case 'ConditionalRequestConflict':
      return {
        what: 'had another write to the same name under way',
        next: 'Nothing was overwritten. Ask again.',
        retry: 'retry can help',
      };
    case 'NoSuchUpload':
      return {
        what: 'no longer knows the upload: somebody aborted it, or a lifecycle rule did',
        next: 'Let the rule for incomplete uploads wait at least seven days, then ask again.',
      };
    case 'ObjectLockConfigurationNotFoundError':
    case 'InvalidBucketState':
      return {
        what: 'can not lock objects: Object Lock is off for its bucket',
        next: 'Turn on Object Lock for the bucket, or leave objectLock and legalHold out of the configuration.',
      };
    case 'SlowDown':
    case 'ServiceUnavailable':
    case 'RequestLimitExceeded':
    case 'Throttling':
      return {
        what: `asks to be written to more slowly, several times in a row (${code})`,
        next: 'Ask again in a minute; others write to the same prefix.',
        retry: 'retry can help',
      };
    case 'XMinioStorageFull':
    case 'QuotaExceeded':
    case 'InsufficientCapacity':
      return {
        what: 'is full',
        next: 'Free space there or point `evidence` elsewhere, then ask again.',
        retry: 'retry can help',
      };
    case 'BadDigest':
    case 'InvalidDigest':
    case 'XAmzContentSHA256Mismatch':
    case 'XAmzContentChecksumMismatch':
      return {
        what: `received other bytes than were sent (${code}), several times in a row`,
        next: 'Look for a proxy that changes requests on the way, then ask again.',
      };
    case 'NotImplemented':
    case 'MethodNotAllowed':
      return {
        what: `does not know what ${operation} asks of it (${code})`,
        next: 'docs/operations.md names what an S3-compatible store has to support.',
      };
    default:
      if (code.startsWith('KMS.') || code.startsWith('KMS')) return kms(settings, refusal);
      if (status === 0 && NO_ANSWER.test(code)) return unreachable(refusal);
      return {
        what: `failed at ${operation} (${code}, HTTP ${status})`,
        next: ASK_AGAIN,
        ...(status >= 500 || status === 0 ? { retry: 'retry can help' as const } : {}),
      };
  }
};

const UNKNOWN: Sentence = {
  what: 'failed',
  next: "Look for this id in Firebreak's log, mend what it names, then ask again.",
  retry: 'retry can help',
};

const failureOf = (settings: S3Settings, { what, next, retry }: Sentence, cause: unknown): FirebreakError =>
  new FirebreakError({
    code: 'evidence-store',
    message: `The evidence store at ${s3Location(settings)} ${what}.`,
    next,
    ...(retry === undefined ? {} : { retry }),
    cause,
  });

/** Turns what a call to S3 threw into an `evidence-store` sentence that says what to do. Nothing of the request is in it. */
export const s3Failure = (settings: S3Settings, thrown: unknown): FirebreakError => {
  if (thrown instanceof FirebreakError) return thrown;
  return failureOf(settings, thrown instanceof S3Refusal ? sentenceOf(settings, thrown) : UNKNOWN, thrown);
};

const TOO_LATE: Sentence = {
  what: 'did not answer in time',
  next: 'Check the way there, and where its credentials come from. Ask again; if it stays so, look at the health of both.',
  retry: 'retry can help',
};

/** What is told when a signal ended a call: its reason, and where that is a deadline, a sentence. */
export const s3Aborted = (settings: S3Settings, reason: unknown): unknown =>
  reason instanceof DOMException && reason.name === 'TimeoutError'
    ? failureOf(settings, TOO_LATE, reason)
    : reason;

/** S3 takes so many parts of an object and no more. */
export const tooLarge = (bytes: number): FirebreakError =>
  new FirebreakError({
    code: 'evidence-store',
    message: `An object of the evidence store ends at ${Math.floor(bytes / 1024 ** 3)} GiB, and this one is larger.`,
    next: 'Ask for less at once: name the paths that matter with --path.',
  });
