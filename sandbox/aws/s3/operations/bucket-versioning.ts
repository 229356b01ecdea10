import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { readXml } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';

/** A bucket that was never versioned answers with an empty document. */
export async function getBucketVersioning(call: Call): Promise<Answer> {
  const { versioning } = call.bucket();
  call.mustBeAllowed('s3:GetBucketVersioning');
  const status = versioning === 'off' ? undefined : versioning;
  return xmlAnswer(xmlDocument('VersioningConfiguration', [element('Status', status)]));
}

export async function putBucketVersioning(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutBucketVersioning');
  const status = readXml(await call.body.toText(), 'VersioningConfiguration').value('Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML');
  if (status === 'Suspended' && bucket.objectLock !== undefined)
    throw new S3Error('InvalidBucketState', {
      message:
        'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    });
  bucket.versioning = status;
  return { status: 200 };
}
