import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NodeSha256 } from '../signature-v4/testing/node-sha256.ts';
import { newChecksum } from './body/checksum-algorithms.ts';
import type { StandInS3 } from './stand-in-s3.ts';
import { bytesOf } from './testing/bytes.ts';
import { type S3ForTest, s3ForTest } from './testing/s3-for-test.ts';

let held: S3ForTest;
let s3: StandInS3;
beforeAll(async () => {
  held = await s3ForTest();
  ({ s3 } = held);
});
afterAll(async () => {
  expect(s3.problems()).toEqual([]);
  await held[Symbol.asyncDispose]();
});

const hash = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

interface Sending {
  readonly key: string;
  readonly bytes: Buffer;
  readonly trailer?: string;
  readonly announced?: number;
  readonly tamper?: (body: Buffer) => Buffer;
}

/** Signs as the documentation says, with the official signer for the seed, and sends what no SDK here sends. */
async function send({ key, bytes, trailer, announced, tamper }: Sending) {
  const { accessKeyId, secretAccessKey } = s3.accessKey;
  const mode = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer === undefined ? '' : '-TRAILER'}`;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region: s3.region,
    service: 's3',
    sha256: NodeSha256,
    uriEscapePath: false,
  });
  const now = new Date();
  const signed = await signer.sign(
    {
      method: 'PUT',
      protocol: 'http:',
      hostname: s3.endpoint.hostname,
      path: `/evidence/${key}`,
      headers: {
        host: s3.endpoint.host,
        'x-amz-content-sha256': mode,
        'x-amz-decoded-content-length': String(announced ?? bytes.length),
        'content-encoding': 'aws-chunked',
        ...(trailer === undefined ? {} : { 'x-amz-trailer': 'x-amz-checksum-crc32c' }),
      },
    },
    { signingDate: now },
  );
  const timestamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/${s3.region}/s3/aws4_request`;
  const derived = [...scope.split('/')].reduce<string | Buffer>(
    (with_, step) => createHmac('sha256', with_).update(step).digest(),
    `AWS4${secretAccessKey}`,
  );
  let previous = /Signature=(\w+)/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '';
  const next = (algorithm: string, ...hashes: readonly string[]) => {
    const text = [algorithm, timestamp, scope, previous, ...hashes].join('\n');
    previous = createHmac('sha256', derived).update(text).digest('hex');
    return previous;
  };
  const chunks = [bytes.subarray(0, 9000), bytes.subarray(9000), Buffer.alloc(0)];
  const frames = chunks.flatMap((data) => {
    const signature = next('AWS4-HMAC-SHA256-PAYLOAD', hash(''), hash(data));
    const size = data.length.toString(16);
    return [
      Buffer.from(`${size};chunk-signature=${signature}\r\n`),
      data,
      Buffer.from(data.length > 0 ? '\r\n' : ''),
    ];
  });
  const line = `x-amz-checksum-crc32c:${trailer}`;
  const last =
    trailer === undefined
      ? ''
      : `${line}\r\nx-amz-trailer-signature:${next('AWS4-HMAC-SHA256-TRAILER', hash(`${line}\n`))}\r\n`;
  const body = Buffer.concat([...frames, Buffer.from(`${last}\r\n`)]);
  return put(`/evidence/${key}`, signed.headers, tamper?.(body) ?? body);
}

function put(path: string, headers: Record<string, string>, body: Buffer) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const { hostname, port } = s3.endpoint;
    request(
      { method: 'PUT', hostname, port, path, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
      },
    )
      .on('error', reject)
      .end(body);
  });
}

function crc32c(bytes: Buffer): string {
  const checksum = newChecksum('CRC32C');
  checksum.update(bytes);
  return checksum.digest();
}

describe('a body in signed chunks', () => {
  const bytes = bytesOf(20_000);

  test('is taken without its frames', async () => {
    expect(await send({ key: 'plain', bytes })).toEqual({ status: 200, text: '' });
    expect(await s3.read('plain')).toEqual(bytes);
  });

  test('is taken with a signed trailer, whose checksum is kept', async () => {
    expect(await send({ key: 'trailer', bytes, trailer: crc32c(bytes) })).toEqual({ status: 200, text: '' });
    expect(s3.objects().find(({ key }) => key === 'trailer')?.checksum?.value).toBe(crc32c(bytes));
  });

  test.each<[string, Partial<Sending>, string]>([
    ['a byte was changed', { tamper: (body) => body.fill('!', 5000, 5001) }, 'SignatureDoesNotMatch'],
    ['its end is missing', { tamper: (body) => body.subarray(0, 15_000) }, 'IncompleteBody'],
    ['it is longer than announced', { announced: 19_999 }, 'IncompleteBody'],
    ['its trailer is of other bytes', { trailer: crc32c(Buffer.from('other')) }, 'BadDigest'],
  ])('is refused when %s, on a connection that lives on', async (_name, change, code) => {
    const { status, text } = await send({ key: 'bad', bytes, ...change });
    expect([status, text]).toEqual([
      code === 'SignatureDoesNotMatch' ? 403 : 400,
      expect.stringContaining(code),
    ]);
    expect(s3.objects().some(({ key }) => key === 'bad')).toBe(false);
  });
});
