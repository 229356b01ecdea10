import type { S3Operation } from './s3-operations.ts';

interface Shape {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly has: (parameter: string) => boolean;
  readonly copies: boolean;
}

type Rule = readonly [method: string, parameter: string, operation: S3Operation];

const OF_A_BUCKET: readonly Rule[] = [
  ['GET', 'location', 'GetBucketLocation'],
  ['GET', 'versioning', 'GetBucketVersioning'],
  ['PUT', 'versioning', 'PutBucketVersioning'],
  ['GET', 'object-lock', 'GetObjectLockConfiguration'],
  ['PUT', 'object-lock', 'PutObjectLockConfiguration'],
  ['GET', 'versions', 'ListObjectVersions'],
  ['GET', 'uploads', 'ListMultipartUploads'],
  ['GET', 'list-type', 'ListObjectsV2'],
  ['POST', 'delete', 'DeleteObjects'],
  ['HEAD', '', 'HeadBucket'],
  ['PUT', '', 'CreateBucket'],
  ['DELETE', '', 'DeleteBucket'],
];

const OF_AN_OBJECT: readonly Rule[] = [
  ['POST', 'uploads', 'CreateMultipartUpload'],
  ['PUT', 'uploadId', 'UploadPart'],
  ['GET', 'uploadId', 'ListParts'],
  ['POST', 'uploadId', 'CompleteMultipartUpload'],
  ['DELETE', 'uploadId', 'AbortMultipartUpload'],
  ['GET', 'retention', 'GetObjectRetention'],
  ['PUT', 'retention', 'PutObjectRetention'],
  ['GET', 'legal-hold', 'GetObjectLegalHold'],
  ['PUT', 'legal-hold', 'PutObjectLegalHold'],
  ['GET', 'attributes', 'GetObjectAttributes'],
  ['GET', '', 'GetObject'],
  ['HEAD', '', 'HeadObject'],
  ['PUT', '', 'PutObject'],
  ['DELETE', '', 'DeleteObject'],
];

/** Parameters that make another operation of a request. The stand-in does not do those, and must not do the plain one instead. */
const OTHER_SUBRESOURCES = [
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'encryption',
  'inventory',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'select',
  'tagging',
  'torrent',
  'website',
];

/** What the request asks for; `undefined` for what the stand-in does not do. */
export function operationOf(shape: Shape): S3Operation | undefined {
  if (shape.bucket === '') return shape.method === 'GET' ? 'ListBuckets' : undefined;
  if (OTHER_SUBRESOURCES.some((name) => shape.has(name))) return undefined;
  const rules = shape.key === '' ? OF_A_BUCKET : OF_AN_OBJECT;
  const found = rules.find(([method, name]) => method === shape.method && (name === '' || shape.has(name)));
  if (found === undefined) return undefined;
  const [, , operation] = found;
  if (!shape.copies) return operation;
  if (operation === 'PutObject') return 'CopyObject';
  return operation === 'UploadPart' ? 'UploadPartCopy' : operation;
}
