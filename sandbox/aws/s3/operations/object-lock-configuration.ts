import type { Call } from '../call.ts';
import { type Answer, xmlAnswer } from '../protocol/answer.ts';
import { readXml, type XmlElement } from '../protocol/read-xml.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, xmlDocument } from '../protocol/write-xml.ts';
import { type DefaultRetention, RETENTION_MODES } from '../state/lock.ts';
import { mustCarryChecksum } from './delete-objects.ts';

const DAYS_OF_A_YEAR = 365;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export async function getObjectLockConfiguration(call: Call): Promise<Answer> {
  const { objectLock } = call.bucket();
  call.mustBeAllowed('s3:GetBucketObjectLockConfiguration');
  if (objectLock === undefined) throw new S3Error('ObjectLockConfigurationNotFoundError');
  const rule = objectLock.defaultRetention;
  return xmlAnswer(
    xmlDocument('ObjectLockConfiguration', [
      element('ObjectLockEnabled', 'Enabled'),
      ...(rule === undefined
        ? []
        : [
            element('Rule', [
              element('DefaultRetention', [element('Mode', rule.mode), element('Days', rule.days)]),
            ]),
          ]),
    ]),
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html */
export async function putObjectLockConfiguration(call: Call): Promise<Answer> {
  const bucket = call.bucket();
  call.mustBeAllowed('s3:PutBucketObjectLockConfiguration');
  mustCarryChecksum(call);
  const root = readXml(await call.body.toText(), 'ObjectLockConfiguration');
  if (root.value('ObjectLockEnabled') !== 'Enabled') throw new S3Error('MalformedXML');
  if (bucket.versioning !== 'Enabled')
    throw new S3Error('InvalidBucketState', {
      message: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    });
  bucket.objectLock = { defaultRetention: defaultRetention(root.child('Rule')?.child('DefaultRetention')) };
  return { status: 200 };
}

function defaultRetention(rule: XmlElement | undefined): DefaultRetention | undefined {
  if (rule === undefined) return undefined;
  const mode = RETENTION_MODES.find((one) => one === rule.value('Mode'));
  const days = Number(rule.value('Days') ?? 0) + Number(rule.value('Years') ?? 0) * DAYS_OF_A_YEAR;
  const both = rule.value('Days') !== undefined && rule.value('Years') !== undefined;
  if (mode === undefined || !(days > 0) || both) throw new S3Error('MalformedXML');
  return { mode, days };
}
