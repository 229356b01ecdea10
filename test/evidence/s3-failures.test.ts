import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { S3Action } from '../../sandbox/aws/s3/access/s3-actions.ts';
import type { S3ErrorCode } from '../../sandbox/aws/s3/protocol/s3-error.ts';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { PART_BYTES, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const at = () => `The evidence store at s3://evidence/firebreak/ at ${place.s3.endpoint.origin}`;
const never = new AbortController().signal;
const SESSION_TOKEN = 'a-session-token-that-nobody-may-read';
const SECRET = 'another+secret/of=forty+characters000000';

let place: S3Place;
let store: EvidenceStore;
beforeEach(async () => {
  place = await s3Place({ kmsKeys: [{ arn: 'arn:aws:kms:us-east-1:123456789012:key/good' }] });
  store = place.store();
});
afterEach(() => place[Symbol.asyncDispose]());

const write = async (into: EvidenceStore, bytes: number = 5) => {
  const writer = await into.create(BUNDLE, 'files.tar', never);
  await writer.write(Buffer.alloc(bytes));
  return await writer.close();
};
const failureOf = async (work: Promise<unknown>): Promise<FirebreakError> => {
  const thrown = await work.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (thrown instanceof FirebreakError) return thrown;
  throw thrown;
};
const deny = (...actions: readonly S3Action[]) =>
  place.s3.accessKeys.setPolicy(place.s3.accessKey.accessKeyId, { deny: actions });

describe('a bucket that refuses', () => {
  it.each<[S3Action, (into: EvidenceStore) => Promise<unknown>]>([
    ['s3:PutObject', (into) => write(into)],
    ['s3:PutObject', (into) => into.check(never)],
    ['s3:ListBucket', (into) => into.inventory(BUNDLE, () => true, never)],
    ['s3:ListBucketMultipartUploads', (into) => into.supersede(BUNDLE, never)],
    ['s3:AbortMultipartUpload', (into) => into.check(never)],
  ])('%s is named, with who lacks it', async (action, work) => {
    deny(action);
    const error = await failureOf(work(store));
    expect(error.code).toBe('evidence-store');
    expect(error.message).toContain(`${at()} refused `);
    expect(error.message).toContain(`lacks ${action}`);
    expect(error.message).toContain('arn:aws:iam::123456789012:user/');
    expect(error.next).toContain(`Allow ${action} on the bucket evidence`);
  });

  it('names the permission of the call where S3 does not', async () => {
    place.s3.faults.next({
      operation: 'PutObject',
      times: 9,
      fault: { kind: 'refuse', code: 'AccessDenied' },
    });
    expect((await failureOf(write(store))).message).toContain('the identity of Firebreak lacks s3:PutObject');
  });

  it.each<[S3Action]>([['kms:GenerateDataKey'], ['kms:Decrypt']])(
    '%s is named with the key',
    async (action) => {
      deny(action);
      const encrypted = place.store({ kmsKeyId: 'good' });
      const error = await failureOf(write(encrypted, PART_BYTES + 1));
      expect(error.message).toContain(`lacks ${action}`);
      expect(error.next).toContain(`Allow ${action} on its KMS key`);
    },
  );
});

describe('every refusal ends in a sentence', () => {
  it.each<[S3ErrorCode, string, string]>([
    ['NoSuchBucket', 'is gone: there is no bucket evidence', 'Make it, or point evidence.s3.bucket'],
    ['ExpiredToken', 'says that the credentials of Firebreak have ended', 'Renew them'],
    ['InvalidToken', 'says that the credentials of Firebreak have ended', 'Renew them'],
    ['InvalidAccessKeyId', 'does not accept the credentials', 'Renew them'],
    ['SignatureDoesNotMatch', 'the secret key does not belong to the id', 'Write both again'],
    ['RequestTimeTooSkewed', 'the clock of this machine is wrong', 'Set the clock (NTP)'],
    ['SlowDown', 'to be written to more slowly', 'Ask again in a minute'],
    ['ServiceUnavailable', 'to be written to more slowly', 'Ask again in a minute'],
    ['InternalError', 'failed at PutObject (InternalError, HTTP 500)', 'Ask again'],
    ['XMinioStorageFull', 'is full', 'Free space there'],
    ['KMS.DisabledException', 'could not use the KMS key', 'Check that the key exists'],
    ['XAmzContentSHA256Mismatch', 'received other bytes than were sent', 'Look for a proxy'],
    ['NotImplemented', 'does not know what PutObject asks of it', 'docs/operations.md'],
    ['InvalidBucketState', 'Object Lock is off', 'Turn on Object Lock'],
  ])('%s', async (code, what, next) => {
    place.s3.faults.next({ operation: 'PutObject', times: 9, fault: { kind: 'refuse', code } });
    const error = await failureOf(write(store));
    expect(error.code).toBe('evidence-store');
    expect(error.message.startsWith(at())).toBe(true);
    expect(error.message).toContain(what);
    expect(error.next).toContain(next);
  });

  it('a bucket that is gone', async () => {
    place.s3.dropBucket();
    expect((await failureOf(store.check(never))).message).toContain('there is no bucket evidence');
  });

  it('a bucket of another region, with that region', async () => {
    const error = await failureOf(place.store({ region: 'eu-west-1' }).check(never));
    expect(error.message).toBe(`${at()} lies in the region us-east-1, not in eu-west-1.`);
    expect(error.next).toContain('Set evidence.s3.region');
  });

  it('a lock in a bucket that has none', async () => {
    const writing = write(place.store({ objectLock: { mode: 'GOVERNANCE', days: 1 } }));
    expect((await failureOf(writing)).message).toContain('Object Lock is off for its bucket');
  });

  it('a KMS key that does not exist', async () => {
    const error = await failureOf(place.store({ kmsKeyId: 'none' }).check(never));
    expect(error.message).toContain('could not use the KMS key none (KMS.NotFoundException)');
  });

  it('nobody who listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    server.close();
    await once(server, 'close');
    const error = await failureOf(place.store({ endpoint: `http://127.0.0.1:${port}` }).check(never));
    expect(error.message).toContain('did not answer CreateMultipartUpload (ECONNREFUSED)');
    expect(error.next).toContain('HTTPS_PROXY');
    expect(error.retry).toBe('retry can help');
  });

  it('no credentials, in the words of who looked for them', async () => {
    const without = place.store(
      {},
      {
        credentials: {
          provide: () =>
            Promise.reject(
              new FirebreakError({
                code: 'cluster-credentials',
                message: 'Firebreak found no AWS credentials.',
                next: 'Give its pod an IAM role.',
              }),
            ),
          forget: () => undefined,
        },
      },
    );
    expect(await failureOf(without.check(never))).toMatchObject({
      code: 'evidence-store',
      message: 'The evidence store has no credentials. Firebreak found no AWS credentials.',
      next: 'Give its pod an IAM role.',
    });
  });

  it('a cancelled check, by the reason of who cancelled', async () => {
    const leaving = new AbortController();
    const held = place.s3.faults.next({ operation: 'CreateMultipartUpload', fault: { kind: 'hold before' } });
    const checking = store.check(leaving.signal);
    await held.reached;
    leaving.abort(new Error('cancelled by a person'));
    await expect(checking).rejects.toThrow('cancelled by a person');
  });
});

describe('credentials', () => {
  it('that S3 refuses are fetched anew for the next call', async () => {
    let keys = { ...place.s3.accessKey, secretAccessKey: SECRET, sessionToken: SESSION_TOKEN };
    let forgotten = 0;
    const renewing = place.store(
      {},
      {
        credentials: {
          provide: async () => keys,
          forget: () => {
            forgotten += 1;
          },
        },
      },
    );
    await failureOf(renewing.check(never));
    expect(forgotten).toBe(1);
    keys = { ...place.s3.accessKey, sessionToken: '' };
    await renewing.check(never);
  });

  it('and signatures are in no error: not in its message, its cause, or anything below', async () => {
    place.s3.accessKeys.add({ accessKeyId: 'ASIAOTHER', secretAccessKey: 'x', sessionToken: SESSION_TOKEN });
    const wrong = place.store(
      {},
      {
        credentials: {
          provide: async () => ({
            accessKeyId: 'ASIAOTHER',
            secretAccessKey: SECRET,
            sessionToken: SESSION_TOKEN,
          }),
          forget: () => undefined,
        },
      },
    );
    const error = await failureOf(write(wrong));
    expect(error.message).toContain('the secret key does not belong');
    const everything = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [SECRET, SESSION_TOKEN, 'Signature=', 'AWS4-HMAC'])
      expect(everything).not.toContain(secret);
  });
});
