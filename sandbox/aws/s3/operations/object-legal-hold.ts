import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { readXml } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import type { Bucket } from '../state/bucket.ts';
import { mustCarryChecksum } from './delete-objects.ts';
import { findObject } from './find-object.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export async function getObjectLegalHold(call: Call): Promise<Answer> {
  call.mustBeAllowed('s3:GetObjectLegalHold');
  const { legalHold } = findObject(call, lockedBucket(call)).lock;
  if (legalHold === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  return xmlAnswer(xmlDocument('LegalHold', [element('Status', legalHold)]));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export async function putObjectLegalHold(call: Call): Promise<Answer> {
  call.mustBeAllowed('s3:PutObjectLegalHold');
  const bucket = lockedBucket(call);
  mustCarryChecksum(call);
  const legalHold = readXml(await call.body.toText(), 'LegalHold').value('Status');
  if (legalHold !== 'ON' && legalHold !== 'OFF') throw new S3Error('MalformedXML');
  const object = findObject(call, bucket);
  bucket.change(object, { ...object.lock, legalHold });
  return { status: 200 };
}

/** Throws InvalidRequest for a bucket without Object Lock. */
export function lockedBucket(call: Call): Bucket {
  const bucket = call.bucket();
  if (bucket.objectLock === undefined)
    throw new S3Error('InvalidRequest', { message: 'Bucket is missing Object Lock Configuration' });
  return bucket;
}
