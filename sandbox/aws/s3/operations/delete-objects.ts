import { isChecked } from '../body/declared-checksum.ts';
import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { readXml, type XmlElement } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, type Xml, xmlDocument } from '../protocol/write-xml.ts';
import type { Bucket } from '../state/bucket.ts';
import { deleteOne } from './delete-object.ts';

const MAX_KEYS = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  mustCarryChecksum(call);
  const root = readXml(await call.body.toText(), 'Delete');
  const wanted = root.all('Object');
  if (wanted.length === 0 || wanted.length > MAX_KEYS) throw new S3Error('MalformedXML');
  const results: Xml[] = [];
  for (const one of wanted) {
    const result = await deleteListed(call, bucket, one);
    if (result.failed || root.value('Quiet') !== 'true') results.push(result.xml);
  }
  return xmlAnswer(xmlDocument('DeleteResult', results));
}

/** The operations that S3 takes only with Content-MD5 or a checksum. */
export function mustCarryChecksum(call: Call): void {
  if (isChecked(call.headers)) return;
  throw new S3Error('InvalidRequest', {
    message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  });
}

async function deleteListed(call: Call, bucket: Bucket, one: XmlElement) {
  const key = one.value('Key') ?? '';
  const versionId = one.value('VersionId');
  const named = [element('Key', key), element('VersionId', versionId)];
  try {
    const done = await deleteOne(call, bucket, key, versionId);
    const isMarker = done.deleteMarker === 'delete marker';
    const marker = [
      element('DeleteMarker', isMarker ? true : undefined),
      element('DeleteMarkerVersionId', isMarker ? done.versionId : undefined),
    ];
    return { failed: false, xml: element('Deleted', [...named, ...marker]) };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const why = [element('Code', error.code), element('Message', error.message)];
    return { failed: true, xml: element('Error', [...named, ...why]) };
  }
}
