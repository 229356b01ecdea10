import { z } from 'zod';
import { type S3Operation, S3Refusal } from './s3-refusal.ts';

const text = z.string().optional().catch(undefined);
const errorSchema = z
  .object({
    name: text,
    code: text,
    message: text,
    $metadata: z.object({ httpStatusCode: z.number().optional(), requestId: text }).catch({}).default({}),
    $response: z
      .object({ headers: z.record(z.string(), z.string()).catch({}).default({}) })
      .catch({ headers: {} })
      .default({ headers: {} }),
    Region: text,
  })
  .catch({ $metadata: {}, $response: { headers: {} } });

/** S3 answers HEAD without a body, so the SDK has only the status for a name. */
const BY_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  403: 'AccessDenied',
  404: 'NotFound',
  412: 'PreconditionFailed',
};

const expected = (message: string): string | undefined =>
  /expecting '?([a-z0-9-]{5,30})'?/u.exec(message)?.[1];

/** What is kept of an error of the SDK. */
export const readRefusal = (operation: S3Operation, thrown: unknown): S3Refusal => {
  const error = errorSchema.parse(thrown);
  const { name = '', message = '', $metadata: metadata, $response: response } = error;
  const status = metadata.httpStatusCode ?? 0;
  const named = /^[A-Z][A-Za-z0-9.]+$/u.test(name) && name !== 'Error' && !name.startsWith('Unknown');
  const code =
    status === 0
      ? (error.code ?? (name === '' ? 'unknown' : name))
      : named
        ? name
        : (BY_STATUS[status] ?? 'unknown');
  const noLock = code === 'InvalidRequest' && message.includes('Object Lock Configuration');
  return new S3Refusal({
    operation,
    code: noLock ? 'ObjectLockConfigurationNotFoundError' : code,
    status,
    requestId: metadata.requestId,
    deniedAction: /not authorized to perform: ((?:s3|kms):[A-Za-z]+)/u.exec(message)?.[1],
    deniedPrincipal: /\bUser: (arn:[\w:/+=,.@-]{1,300}) is not authorized/u.exec(message)?.[1],
    bucketRegion: response.headers['x-amz-bucket-region'] ?? error.Region ?? expected(message),
  });
};
