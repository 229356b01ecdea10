/** The calls that the store makes, by their names in S3's API. */
export type S3Operation =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CopyObject'
  | 'CreateMultipartUpload'
  | 'DeleteObject'
  | 'GetBucketVersioning'
  | 'GetObject'
  | 'GetObjectLockConfiguration'
  | 'HeadObject'
  | 'ListMultipartUploads'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'PutObject'
  | 'UploadPart'
  | 'UploadPartCopy';

/** What is kept of S3's answer. */
interface S3Answer {
  readonly operation: S3Operation;
  /** S3's error code, or Node's where no answer came. */
  readonly code: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly requestId?: string | undefined;
  /** `s3:PutObject`, `kms:GenerateDataKey`: what IAM says is not allowed. */
  readonly deniedAction?: string | undefined;
  readonly deniedPrincipal?: string | undefined;
  /** Where the bucket lies, as S3 says it when it was asked in another region. */
  readonly bucketRegion?: string | undefined;
}

/**
 * S3 refused, or did not answer. It holds nothing of the request: S3's own message of a wrong signature quotes it with
 * its session token.
 */
export class S3Refusal extends Error implements S3Answer {
  override readonly name = 'S3Refusal';
  readonly operation: S3Operation;
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly deniedAction: string | undefined;
  readonly deniedPrincipal: string | undefined;
  readonly bucketRegion: string | undefined;

  constructor(answer: S3Answer) {
    super(`${answer.operation}: ${answer.code} (HTTP ${answer.status})`);
    this.operation = answer.operation;
    this.code = answer.code;
    this.status = answer.status;
    this.requestId = answer.requestId;
    this.deniedAction = answer.deniedAction;
    this.deniedPrincipal = answer.deniedPrincipal;
    this.bucketRegion = answer.bucketRegion;
  }

  /** S3 may have done it all the same: the answer was lost, or was about an earlier try of the same call. */
  get mayBeDone(): boolean {
    return this.status === 0 || this.status >= 500 || MAY_FOLLOW_SUCCESS.has(this.code);
  }
}

/** Answers to the second try of a write whose first answer was lost. */
const MAY_FOLLOW_SUCCESS: ReadonlySet<string> = new Set([
  'ConditionalRequestConflict',
  'NoSuchUpload',
  'PreconditionFailed',
]);

/** Whether S3 refused with this code. */
export const isRefusal = (thrown: unknown, ...codes: readonly string[]): thrown is S3Refusal =>
  thrown instanceof S3Refusal && codes.includes(thrown.code);
