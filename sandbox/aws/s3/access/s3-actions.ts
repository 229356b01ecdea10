/**
 * The permissions that the stand-in asks for, by the names of IAM.
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export const S3_ACTIONS = [
  's3:AbortMultipartUpload',
  's3:BypassGovernanceRetention',
  's3:CreateBucket',
  's3:DeleteBucket',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:GetBucketLocation',
  's3:GetBucketObjectLockConfiguration',
  's3:GetBucketVersioning',
  's3:GetObject',
  's3:GetObjectAttributes',
  's3:GetObjectLegalHold',
  's3:GetObjectRetention',
  's3:GetObjectVersion',
  's3:ListAllMyBuckets',
  's3:ListBucket',
  's3:ListBucketMultipartUploads',
  's3:ListBucketVersions',
  's3:ListMultipartUploadParts',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketVersioning',
  's3:PutObject',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
  'kms:Decrypt',
  'kms:GenerateDataKey',
] as const;
export type S3Action = (typeof S3_ACTIONS)[number];

/** What an access key may do. A denial wins; everything is allowed where `allow` is left out. */
export interface KeyPolicy {
  readonly allow?: readonly S3Action[];
  readonly deny?: readonly S3Action[];
}

export function allows(policy: KeyPolicy, action: S3Action): boolean {
  return policy.deny?.includes(action) !== true && (policy.allow?.includes(action) ?? true);
}
