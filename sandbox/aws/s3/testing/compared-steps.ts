import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

const Bucket = 'compared';
const UNTIL = new Date(Date.now() + 86_400_000);
const LATER = new Date(Date.now() + 2 * 86_400_000);

/** What one server remembers between the steps: ids, which each makes for itself. */
type Memory = Map<string, string>;
type Step = readonly [name: string, send: (client: S3Client, memory: Memory) => Promise<object>];

async function remember<T extends object>(
  memory: Memory,
  name: string,
  field: keyof T,
  answer: Promise<T>,
): Promise<T> {
  const output = await answer;
  memory.set(name, String(output[field]));
  return output;
}

/** Steps of one story: each finds what the ones before it left. */
export const STEPS: readonly Step[] = [
  [
    'the head of a bucket that is not there',
    (c) => c.send(new HeadBucketCommand({ Bucket: 'nobody-has-it' })),
  ],
  [
    'a listing of a bucket that is not there',
    (c) => c.send(new ListObjectsV2Command({ Bucket: 'nobody-has-it' })),
  ],
  ['the location', (c) => c.send(new GetBucketLocationCommand({ Bucket }))],
  ['the versioning', (c) => c.send(new GetBucketVersioningCommand({ Bucket }))],
  ['the lock configuration', (c) => c.send(new GetObjectLockConfigurationCommand({ Bucket }))],
  [
    'the lock configuration of a bucket without',
    (c) => c.send(new GetObjectLockConfigurationCommand({ Bucket: 'plain' })),
  ],
  [
    'a put',
    (c, m) =>
      remember(
        m,
        'a1',
        'VersionId',
        c.send(
          new PutObjectCommand({
            Bucket,
            Key: 'a/1',
            Body: 'hello',
            ContentType: 'text/plain',
            Metadata: { k: 'v' },
          }),
        ),
      ),
  ],
  [
    'a put with If-None-Match over it',
    (c) => c.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'x', IfNoneMatch: '*' })),
  ],
  [
    'a put with If-None-Match',
    (c) => c.send(new PutObjectCommand({ Bucket, Key: 'a/2', Body: 'xy', IfNoneMatch: '*' })),
  ],
  [
    'a put into a bucket that is not there',
    (c) => c.send(new PutObjectCommand({ Bucket: 'nobody-has-it', Key: 'k', Body: 'x' })),
  ],
  ['a get', (c) => c.send(new GetObjectCommand({ Bucket, Key: 'a/1', ChecksumMode: 'ENABLED' }))],
  ['a get of a range', (c) => c.send(new GetObjectCommand({ Bucket, Key: 'a/1', Range: 'bytes=1-3' }))],
  ['a get of the end', (c) => c.send(new GetObjectCommand({ Bucket, Key: 'a/1', Range: 'bytes=-2' }))],
  ['a get beyond the end', (c) => c.send(new GetObjectCommand({ Bucket, Key: 'a/1', Range: 'bytes=9-' }))],
  [
    'a get with other headers',
    (c) =>
      c.send(
        new GetObjectCommand({
          Bucket,
          Key: 'a/1',
          ResponseContentDisposition: 'attachment; filename="x"',
          ResponseContentType: 'a/b',
        }),
      ),
  ],
  ['a get of nothing', (c) => c.send(new GetObjectCommand({ Bucket, Key: 'none' }))],
  ['a head', (c) => c.send(new HeadObjectCommand({ Bucket, Key: 'a/1' }))],
  ['a head of nothing', (c) => c.send(new HeadObjectCommand({ Bucket, Key: 'none' }))],
  ['a copy', (c) => c.send(new CopyObjectCommand({ Bucket, Key: 'b/copy', CopySource: `${Bucket}/a/1` }))],
  [
    'a copy of nothing',
    (c) => c.send(new CopyObjectCommand({ Bucket, Key: 'b/none', CopySource: `${Bucket}/none` })),
  ],
  ['a listing', (c) => c.send(new ListObjectsV2Command({ Bucket }))],
  ['a listing of folders', (c) => c.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))],
  ['a page of a listing', (c) => c.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2 }))],
  ['a delete marker', (c) => c.send(new DeleteObjectCommand({ Bucket, Key: 'a/1' }))],
  ['a get behind it', (c) => c.send(new GetObjectCommand({ Bucket, Key: 'a/1' }))],
  [
    'a get of the version',
    (c, m) => c.send(new GetObjectCommand({ Bucket, Key: 'a/1', VersionId: m.get('a1') })),
  ],
  [
    'a put with If-None-Match over it, again',
    (c) => c.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'new', IfNoneMatch: '*' })),
  ],
  ['the versions', (c) => c.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'a/' }))],
  [
    'a delete of a version',
    (c, m) => c.send(new DeleteObjectCommand({ Bucket, Key: 'a/1', VersionId: m.get('a1') })),
  ],
  [
    'a delete of many',
    (c) =>
      c.send(
        new DeleteObjectsCommand({ Bucket: 'plain', Delete: { Objects: [{ Key: 'x' }, { Key: 'y' }] } }),
      ),
  ],
  [
    'an upload',
    (c, m) => remember(m, 'up', 'UploadId', c.send(new CreateMultipartUploadCommand({ Bucket, Key: 'up' }))),
  ],
  [
    'a part',
    (c, m) =>
      remember(
        m,
        'p1',
        'ETag',
        c.send(
          new UploadPartCommand({
            Bucket,
            Key: 'up',
            UploadId: m.get('up'),
            PartNumber: 1,
            Body: 'a'.repeat(100),
          }),
        ),
      ),
  ],
  [
    'another part',
    (c, m) =>
      remember(
        m,
        'p2',
        'ETag',
        c.send(new UploadPartCommand({ Bucket, Key: 'up', UploadId: m.get('up'), PartNumber: 2, Body: 'b' })),
      ),
  ],
  [
    'a part of no upload',
    (c) => c.send(new UploadPartCommand({ Bucket, Key: 'up', UploadId: 'none', PartNumber: 1, Body: 'b' })),
  ],
  ['the parts', (c, m) => c.send(new ListPartsCommand({ Bucket, Key: 'up', UploadId: m.get('up') }))],
  ['the uploads', (c) => c.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'u' }))],
  ['a completion out of order', (c, m) => c.send(complete(m, ['p2', 'p1']))],
  [
    'a completion with a wrong part',
    (c, m) => c.send(complete(new Map([...m, ['p2', '"0"']]), ['p1', 'p2'])),
  ],
  ['a completion', (c, m) => c.send(complete(m, ['p1', 'p2'], '*'))],
  ['the head of what was completed', (c) => c.send(new HeadObjectCommand({ Bucket, Key: 'up' }))],
  [
    'an upload with parts that are too small',
    (c, m) => remember(m, 'up', 'UploadId', c.send(new CreateMultipartUploadCommand({ Bucket, Key: 'up' }))),
  ],
  [
    'its first part',
    (c, m) =>
      remember(
        m,
        'p1',
        'ETag',
        c.send(new UploadPartCommand({ Bucket, Key: 'up', UploadId: m.get('up'), PartNumber: 1, Body: 'a' })),
      ),
  ],
  [
    'its second part',
    (c, m) =>
      remember(
        m,
        'p2',
        'ETag',
        c.send(new UploadPartCommand({ Bucket, Key: 'up', UploadId: m.get('up'), PartNumber: 2, Body: 'b' })),
      ),
  ],
  ['its completion', (c, m) => c.send(complete(m, ['p1', 'p2']))],
  ['a completion over an object', (c, m) => c.send(complete(m, ['p1'], '*'))],
  [
    'an abort',
    (c, m) => c.send(new AbortMultipartUploadCommand({ Bucket, Key: 'up', UploadId: m.get('up') })),
  ],
  [
    'an abort of nothing',
    (c, m) => c.send(new AbortMultipartUploadCommand({ Bucket, Key: 'up', UploadId: m.get('up') })),
  ],
  [
    'a put under governance',
    (c, m) =>
      remember(
        m,
        'g',
        'VersionId',
        c.send(
          new PutObjectCommand({
            Bucket,
            Key: 'g',
            Body: 'x',
            ObjectLockMode: 'GOVERNANCE',
            ObjectLockRetainUntilDate: UNTIL,
          }),
        ),
      ),
  ],
  ['a delete of it', (c, m) => c.send(new DeleteObjectCommand({ Bucket, Key: 'g', VersionId: m.get('g') }))],
  ['its retention', (c) => c.send(new GetObjectRetentionCommand({ Bucket, Key: 'g' }))],
  [
    'a longer retention',
    (c) =>
      c.send(
        new PutObjectRetentionCommand({
          Bucket,
          Key: 'g',
          Retention: { Mode: 'GOVERNANCE', RetainUntilDate: LATER },
        }),
      ),
  ],
  ['its head', (c) => c.send(new HeadObjectCommand({ Bucket, Key: 'g' }))],
  [
    'a delete with bypass',
    (c, m) =>
      c.send(
        new DeleteObjectCommand({ Bucket, Key: 'g', VersionId: m.get('g'), BypassGovernanceRetention: true }),
      ),
  ],
  [
    'a put to hold',
    (c, m) => remember(m, 'h', 'VersionId', c.send(new PutObjectCommand({ Bucket, Key: 'h', Body: 'x' }))),
  ],
  [
    'a legal hold',
    (c) => c.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'h', LegalHold: { Status: 'ON' } })),
  ],
  ['the legal hold', (c) => c.send(new GetObjectLegalHoldCommand({ Bucket, Key: 'h' }))],
  [
    'a delete under it',
    (c, m) => c.send(new DeleteObjectCommand({ Bucket, Key: 'h', VersionId: m.get('h') })),
  ],
  [
    'an upload under compliance',
    (c, m) =>
      remember(
        m,
        'up',
        'UploadId',
        c.send(
          new CreateMultipartUploadCommand({
            Bucket,
            Key: 'up',
            ObjectLockMode: 'COMPLIANCE',
            ObjectLockRetainUntilDate: UNTIL,
          }),
        ),
      ),
  ],
  [
    'a part under compliance',
    (c, m) =>
      remember(
        m,
        'p1',
        'ETag',
        c.send(new UploadPartCommand({ Bucket, Key: 'up', UploadId: m.get('up'), PartNumber: 1, Body: 'a' })),
      ),
  ],
  ['a completion under compliance', (c, m) => remember(m, 'v', 'VersionId', c.send(complete(m, ['p1'])))],
  [
    'a delete of what came in parts under compliance',
    (c, m) => c.send(new DeleteObjectCommand({ Bucket, Key: 'up', VersionId: m.get('v') })),
  ],
  [
    'a put with a lock into a bucket without',
    (c) =>
      c.send(
        new PutObjectCommand({
          Bucket: 'plain',
          Key: 'l',
          Body: 'x',
          ObjectLockMode: 'COMPLIANCE',
          ObjectLockRetainUntilDate: UNTIL,
        }),
      ),
  ],
  [
    'a default retention',
    (c) =>
      c.send(
        new PutObjectLockConfigurationCommand({
          Bucket,
          ObjectLockConfiguration: {
            ObjectLockEnabled: 'Enabled',
            Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
          },
        }),
      ),
  ],
  ['the default retention', (c) => c.send(new GetObjectLockConfigurationCommand({ Bucket }))],
  [
    'versioning for a bucket',
    (c) =>
      c.send(
        new PutBucketVersioningCommand({ Bucket: 'plain', VersioningConfiguration: { Status: 'Enabled' } }),
      ),
  ],
  [
    'a put with a wrong Content-MD5',
    (c) =>
      c.send(new PutObjectCommand({ Bucket, Key: 'w', Body: 'x', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })),
  ],
];

function complete(memory: Memory, names: readonly ('p1' | 'p2')[], IfNoneMatch?: string) {
  const Parts = names.map((name) => ({ PartNumber: Number(name.slice(1)), ETag: memory.get(name) }));
  return new CompleteMultipartUploadCommand({
    Bucket,
    Key: 'up',
    UploadId: memory.get('up'),
    MultipartUpload: { Parts },
    IfNoneMatch,
  });
}
