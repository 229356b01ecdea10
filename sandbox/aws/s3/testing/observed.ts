import { S3ServiceException } from '@aws-sdk/client-s3';

/** What came of a request, in a form in which two servers can be compared. */
export type Observed = Readonly<Record<string, unknown>>;

/** Fields that are different each time, of which only the presence says something. */
const IDS =
  /^(?:VersionId|UploadId|NextVersionIdMarker|NextContinuationToken|CopySourceVersionId|DeleteMarkerVersionId)$/;

/** Status and fields of an answer, or status and code of a refusal. Ids and dates become their kind. */
export async function observed(answer: Promise<object>, ignore: readonly string[]): Promise<Observed> {
  try {
    const output = await answer;
    const fields = Object.entries(output).filter(([name]) => !ignore.includes(name));
    return Object.fromEntries(
      await Promise.all(fields.map(async ([name, value]) => [name, await plain(name, value, ignore)])),
    );
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return { refused: error.name, status: error.$metadata.httpStatusCode };
  }
}

async function plain(name: string, value: unknown, ignore: readonly string[]): Promise<unknown> {
  if (name === '$metadata') return status(value);
  if (value instanceof Date) return '<date>';
  if (IDS.test(name) && typeof value === 'string') return value === 'null' ? 'null' : `<${name}>`;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((one) => plain('', one, ignore)));
  if ('transformToString' in value && typeof value.transformToString === 'function')
    return String(await Promise.resolve(value.transformToString()));
  const fields = Object.entries(value).filter(([inner]) => !ignore.includes(inner));
  return Object.fromEntries(
    await Promise.all(fields.map(async ([inner, one]) => [inner, await plain(inner, one, ignore)])),
  );
}

function status(metadata: unknown): unknown {
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
    ? metadata.httpStatusCode
    : undefined;
}
