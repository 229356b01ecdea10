import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { readXml } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import { Bucket } from '../state/bucket.ts';

export async function listBuckets(call: Call): Promise<Answer> {
  call.mustBeAllowed('s3:ListAllMyBuckets');
  const buckets = [...call.place.buckets.values()].map((bucket) =>
    element('Bucket', [
      element('Name', bucket.name),
      element('CreationDate', new Date(bucket.createdAt).toISOString()),
    ]),
  );
  return xmlAnswer(xmlDocument('ListAllMyBucketsResult', [element('Buckets', buckets)]));
}

export async function headBucket(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:ListBucket');
  return { status: 200, headers: { 'x-amz-bucket-region': bucket.region } };
}

/** Object Lock at creation turns versioning on, for good. */
export async function createBucket(call: Call): Promise<Answer> {
  call.mustBeAllowed('s3:CreateBucket');
  const text = await call.body.toText();
  const region =
    text === '' ? undefined : readXml(text, 'CreateBucketConfiguration').value('LocationConstraint');
  if (call.place.buckets.has(call.bucketName)) throw new S3Error('BucketAlreadyOwnedByYou');
  const bucket = new Bucket(call.bucketName, region ?? call.place.region, call.now);
  if (call.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
    bucket.objectLock = { defaultRetention: undefined };
    bucket.versioning = 'Enabled';
  }
  call.place.buckets.set(bucket.name, bucket);
  return { status: 200, headers: { location: `/${bucket.name}` } };
}

export async function deleteBucket(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:DeleteBucket');
  if (bucket.keys().length > 0) throw new S3Error('BucketNotEmpty');
  call.place.buckets.delete(bucket.name);
  return { status: 204 };
}

/** us-east-1 is written as nothing at all. */
export async function getBucketLocation(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:GetBucketLocation');
  const region = bucket.region === 'us-east-1' ? '' : bucket.region;
  const root = element('LocationConstraint', region).xml;
  const xmlns = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return xmlAnswer(
    `<?xml version="1.0" encoding="UTF-8"?>\n${root.replace('<LocationConstraint', `$&${xmlns}`)}`,
  );
}
