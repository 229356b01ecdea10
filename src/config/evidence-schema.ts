import { z } from 'zod';

/** Source: Amazon S3 User Guide, "General purpose bucket naming rules". */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What needs no escaping in a key, in a URL and on a command line. Source: Amazon S3 User Guide, "Naming Amazon S3 objects". */
const PREFIX = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*\/?$/;
/** Retention in years ends at 100. */
const MAX_LOCK_DAYS = 36_500;
/** Nobody else can listen on the way to them. */
const THIS_MACHINE: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

const endpoint = z
  .url({ protocol: /^https?$/, error: 'a URL such as https://s3.example.com is expected' })
  .refine(
    (written) => {
      const url = URL.parse(written);
      return url === null || url.protocol === 'https:' || THIS_MACHINE.has(url.hostname);
    },
    { error: 'https is expected: evidence crosses no network unencrypted' },
  )
  .refine((written) => !URL.parse(written)?.username, {
    error: 'a URL without a user is expected: credentials come from where AWS keeps them',
  });

const s3Schema = z.strictObject({
  bucket: z
    .string('name the bucket')
    .regex(BUCKET, 'a bucket by its name is expected: 3 to 63 small letters, digits, `-` and `.`'),
  region: z
    .string('name the region of the bucket')
    .regex(/^[a-z0-9-]+$/, 'a region such as eu-west-1 is expected'),
  prefix: z
    .string()
    .max(200, 'at most 200 characters')
    .regex(PREFIX, 'folders such as firebreak/ are expected, without a slash in front')
    .transform((written) => (written.endsWith('/') ? written : `${written}/`))
    .optional(),
  endpoint: endpoint.optional(),
  forcePathStyle: z.boolean().optional(),
  objectLock: z
    .strictObject({
      mode: z.enum(['GOVERNANCE', 'COMPLIANCE'], 'GOVERNANCE or COMPLIANCE is expected'),
      days: z
        .int('whole days are expected')
        .min(1, 'at least one day')
        .max(MAX_LOCK_DAYS, `at most ${MAX_LOCK_DAYS} days`),
    })
    .optional(),
  legalHold: z.boolean().optional(),
  kmsKeyId: z.string().min(1, 'the id, the ARN or the alias of a KMS key is expected').optional(),
});

/** `evidence` as it is written: a folder or a bucket. */
export const evidenceSchema = z
  .strictObject({
    directory: z.string().optional(),
    plaintext: z.boolean().optional(),
    s3: s3Schema.optional(),
  })
  .superRefine(({ directory, plaintext, s3 }, context) => {
    if (s3 === undefined) return;
    if (directory !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['directory'],
        message: 'evidence goes to a directory or to s3, not to both',
      });
    if (plaintext !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['plaintext'],
        message: 'this is about a directory; S3 encrypts what it keeps',
      });
  })
  .default({});
