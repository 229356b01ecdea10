import { request } from 'node:http';
import {
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StandInS3 } from './stand-in-s3.ts';
import { refusalOf } from './testing/refusal-of.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

const Bucket = 'evidence';
const Key = 'case/FB-1/dump.tar';
const LASTING = { accessKeyId: 'AKIALASTING', secretAccessKey: 'right' };
const TEMPORARY = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'right', sessionToken: 'token==' };
const ENDED = { accessKeyId: 'ASIAENDED', secretAccessKey: 'right', sessionToken: 'token', expiresAt: 1 };

let held: S3ForTest;
let s3: StandInS3;
let client: S3Client;
let lateMs = 0;
beforeAll(async () => {
  held = await s3ForTest({
    region: 'eu-west-1',
    clock: () => new Date(Date.now() + lateMs),
    accessKeys: [LASTING, TEMPORARY, ENDED],
  });
  ({ s3, client } = held);
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'bytes', ContentType: 'application/x-tar' }));
});
beforeEach(() => {
  lateMs = 0;
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

const list = new ListObjectsV2Command({ Bucket });

describe('a request is accepted', () => {
  test('with temporary credentials and their token', async () => {
    expect((await held.clientOf(TEMPORARY).send(list)).KeyCount).toBe(1);
    expect(s3.requests().at(-1)).toMatchObject({ accessKeyId: 'ASIATEMPORARY', outcome: 200 });
  });

  test('in virtual-host style', async () => {
    const link = new URL(
      await getSignedUrl(
        held.clientOf(LASTING, { endpoint: 'http://localhost', forcePathStyle: false }),
        new GetObjectCommand({ Bucket, Key }),
      ),
    );
    expect(link.host).toBe('evidence.localhost');
    const status = await new Promise((resolve, reject) => {
      request(
        {
          host: '127.0.0.1',
          port: s3.endpoint.port,
          path: `${link.pathname}${link.search}`,
          headers: { host: link.host },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(s3.requests().at(-1)).toMatchObject({ operation: 'GetObject', bucket: Bucket, key: Key });
  });
});

describe('a request is refused', () => {
  const cases: readonly (readonly [
    string,
    { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    S3ClientConfig,
    string,
    number,
  ])[] = [
    [
      'for a key nobody has',
      { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' },
      {},
      'InvalidAccessKeyId',
      403,
    ],
    ['for a wrong secret', { ...LASTING, secretAccessKey: 'wrong' }, {}, 'SignatureDoesNotMatch', 403],
    [
      'for a token left out',
      { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'right' },
      {},
      'InvalidAccessKeyId',
      403,
    ],
    ['for a wrong token', { ...TEMPORARY, sessionToken: 'other' }, {}, 'InvalidToken', 400],
    [
      'for credentials that ended',
      { accessKeyId: 'ASIAENDED', secretAccessKey: 'right', sessionToken: 'token' },
      {},
      'ExpiredToken',
      400,
    ],
    ['for another region', LASTING, { region: 'us-west-2' }, 'AuthorizationHeaderMalformed', 400],
  ];
  test.each(cases)('%s', async (_name, key, config, code, status) => {
    const refusal = await refusalOf(held.clientOf(key, config).send(list));
    expect(refusal).toMatchObject({ code, status });
  });

  test('for a clock 16 minutes off', async () => {
    lateMs = 16 * 60_000;
    expect(await refusalOf(held.clientOf(LASTING).send(list))).toMatchObject({
      code: 'RequestTimeTooSkewed',
      status: 403,
    });
  });

  test('without any signature', async () => {
    const got = await fetch(new URL(`/${Bucket}/${Key}`, s3.endpoint));
    expect([got.status, await got.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });

  test('and a HEAD is told by its status alone', async () => {
    const refusal = await refusalOf(
      held.clientOf({ ...LASTING, secretAccessKey: 'wrong' }).send(new HeadBucketCommand({ Bucket })),
    );
    expect(refusal.status).toBe(403);
  });

  test('before a large body is sent', async () => {
    const wrong = held.clientOf({ ...LASTING, secretAccessKey: 'wrong' });
    const Body = Buffer.alloc(8 * 1024 ** 2);
    const refusal = await refusalOf(wrong.send(new PutObjectCommand({ Bucket, Key: 'big', Body })));
    expect(refusal.code).toBe('SignatureDoesNotMatch');
    expect((await client.send(list)).KeyCount).toBe(1);
  });

  test('without being asked for its body, on a connection that then ends', async () => {
    const { hostname, port } = s3.endpoint;
    const headers = { expect: '100-continue', 'content-length': '5' };
    const answered = await new Promise((resolve, reject) => {
      const sending = request({ method: 'PUT', hostname, port, path: `/${Bucket}/k`, headers });
      sending.on('continue', () => reject(new Error('the body was asked for'))).on('error', reject);
      sending.on('response', (response) => {
        response.resume();
        resolve([response.statusCode, response.headers.connection]);
        sending.destroy();
      });
      sending.flushHeaders();
    });
    expect(answered).toEqual([403, 'close']);
  });
});

describe('a presigned GET', () => {
  const forced = new GetObjectCommand({
    Bucket,
    Key,
    ResponseContentDisposition: 'attachment; filename="dump.tar"',
    ResponseContentType: 'application/octet-stream',
  });
  const link = (key = LASTING) => getSignedUrl(held.clientOf(key), forced, { expiresIn: 300 });

  test('forces an attachment with the name and type that were signed', async () => {
    const got = await fetch(await link());
    expect(await got.text()).toBe('bytes');
    expect(got.headers.get('content-disposition')).toBe('attachment; filename="dump.tar"');
    expect(got.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('is refused when it expired', async () => {
    const url = await link();
    lateMs = 240_000;
    expect((await fetch(url)).status).toBe(200);
    lateMs = 301_500;
    const got = await fetch(url);
    expect(got.status).toBe(403);
    expect(await got.text()).toMatch(
      /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message><X-Amz-Expires>300</,
    );
  });

  test.each([
    ['the disposition is changed', (url: string) => url.replace('attachment', 'inline')],
    ['the life is prolonged', (url: string) => url.replace('Expires=300', 'Expires=3000')],
    ['the object is changed', (url: string) => url.replace('dump', 'other')],
  ])('is refused when %s', async (_name, change) => {
    const url = await link();
    expect(change(url)).not.toBe(url);
    const got = await fetch(change(url));
    expect([got.status, await got.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
  });

  test('is refused to whoever does something else with it', async () => {
    const got = await fetch(await link(), { method: 'DELETE' });
    expect(got.status).toBe(403);
  });

  test('leaves no signature or token in what is recorded', async () => {
    await fetch(await link(TEMPORARY));
    const recorded = JSON.stringify(s3.requests());
    expect(recorded).not.toContain('X-Amz-Signature');
    expect(recorded).not.toContain(TEMPORARY.sessionToken);
    expect(recorded).not.toContain('AWS4-HMAC-SHA256 Credential');
    expect(s3.requests().at(-1)?.query).toMatchObject({
      'response-content-type': 'application/octet-stream',
    });
  });
});
