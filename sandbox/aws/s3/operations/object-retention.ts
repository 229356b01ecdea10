import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { readXml } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import { forbidsChange, RETENTION_MODES, type Retention } from '../state/lock.ts';
import { mustCarryChecksum } from './delete-objects.ts';
import { findObject } from './find-object.ts';
import { lockedBucket } from './object-legal-hold.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export async function getObjectRetention(call: Call): Promise<Answer> {
  call.mustBeAllowed('s3:GetObjectRetention');
  const { retention } = findObject(call, lockedBucket(call)).lock;
  if (retention === undefined) throw new S3Error('NoSuchObjectLockConfiguration');
  return xmlAnswer(
    xmlDocument('Retention', [
      element('Mode', retention.mode),
      element('RetainUntilDate', new Date(retention.until).toISOString()),
    ]),
  );
}

/**
 * Compliance can only grow; governance gives way to the header and the permission together.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export async function putObjectRetention(call: Call): Promise<Answer> {
  call.mustBeAllowed('s3:PutObjectRetention');
  const bucket = lockedBucket(call);
  mustCarryChecksum(call);
  const next = readRetention(await call.body.toText(), call.now);
  const object = findObject(call, bucket);
  if (forbidsChange(object.lock.retention, next, call.now, call.bypass()))
    throw new S3Error('AccessDenied', { message: 'Access Denied because object protected by object lock.' });
  bucket.change(object, { ...object.lock, retention: next });
  return { status: 200 };
}

/** An empty element takes the retention away. */
function readRetention(text: string, now: number): Retention | undefined {
  const root = readXml(text, 'Retention');
  const date = root.value('RetainUntilDate');
  if (root.value('Mode') === undefined && date === undefined) return undefined;
  const mode = RETENTION_MODES.find((one) => one === root.value('Mode'));
  const until = Date.parse(date ?? '');
  if (mode === undefined || Number.isNaN(until)) throw new S3Error('MalformedXML');
  if (until <= now)
    throw new S3Error('InvalidArgument', { message: 'The retain until date must be in the future!' });
  return { mode, until };
}
