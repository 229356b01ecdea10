import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { verifySignatureV4 } from '../../signature-v4.ts';
import { AwsChunked } from './aws-chunked.ts';
import { ChunkSignatures } from './chunk-signatures.ts';

/**
 * The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and of
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: 65 KiB of the letter a.
 */
function seed(mode: 'plain' | 'trailer') {
  const trailer = mode === 'trailer';
  const payloadHash = `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? '-TRAILER' : ''}`;
  const signature = trailer
    ? '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e'
    : '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
  const headers: Record<string, string> = {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    ...(trailer ? { 'x-amz-trailer': 'x-amz-checksum-crc32c' } : { 'content-length': '66824' }),
  };
  const signed = Object.keys(headers).toSorted().join(';');
  const verdict = verifySignatureV4(
    {
      method: 'PUT',
      target: '/examplebucket/chunkObject.txt',
      headers: {
        ...headers,
        authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signed},Signature=${signature}`,
      },
      payloadHash,
    },
    {
      service: 's3',
      now: new Date('2013-05-24T00:00:00Z'),
      accessKey: () => ({ secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }),
      pathRule: 's3',
    },
  );
  if (verdict.kind === 'refused') throw new Error(verdict.message);
  return verdict;
}

const A = 'a'.repeat(65_536);
const PLAIN = [
  `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${A}\r\n`,
  `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${A.slice(0, 1024)}\r\n`,
  '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
].join('');
const TRAILER = [
  `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${A}\r\n`,
  `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${A.slice(0, 1024)}\r\n`,
  '0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n',
  'x-amz-checksum-crc32c:sOO8/Q==\r\n',
  'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
].join('');

async function decode(body: string, mode: 'plain' | 'trailer' | 'unsigned', pieceBytes = 1000) {
  const frames = new AwsChunked(mode === 'unsigned' ? undefined : new ChunkSignatures(seed(mode)));
  const pieces = Array.from({ length: Math.ceil(body.length / pieceBytes) }, (_, index) =>
    Buffer.from(body.slice(index * pieceBytes, (index + 1) * pieceBytes)),
  );
  const read = buffer(frames);
  await Promise.all([pipeline(Readable.from(pieces), frames, { end: true }), read]);
  return { data: (await read).toString(), trailers: [...frames.trailers] };
}

describe("S3's published examples of chunked bodies", () => {
  test.each([1, 7, 1000, 100_000])('are read in pieces of %i bytes', async (pieceBytes) => {
    expect((await decode(PLAIN, 'plain', pieceBytes)).data).toBe(`${A}${A.slice(0, 1024)}`);
    expect(await decode(TRAILER, 'trailer', pieceBytes)).toEqual({
      data: `${A}${A.slice(0, 1024)}`,
      trailers: [['x-amz-checksum-crc32c', 'sOO8/Q==']],
    });
  });

  test.each([
    ['a byte of a chunk', PLAIN.replace('\r\naaa', '\r\naba'), 'plain'],
    ['a later signature', PLAIN.replace('0055627c', '0055627d'), 'plain'],
    ['a chunk left out', PLAIN.replace(/400;[\s\S]*?\r\n0;/, '0;'), 'plain'],
    ['the trailer', TRAILER.replace('sOO8', 'sOO9'), 'trailer'],
    ['the signature of the trailer', TRAILER.replace(/x-amz-trailer-signature.*\r\n/, ''), 'trailer'],
    ['no signature at all', PLAIN.replaceAll(/;chunk-signature=\w+/g, ''), 'plain'],
  ] as const)('are refused when tampered with: %s', async (_name, body, mode) => {
    await expect(decode(body, mode)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  });
});

describe('frames', () => {
  test.each([
    ['a body that ends in a chunk', 'a\r\n12345'],
    ['a body without its last chunk', '5\r\n12345\r\n'],
    ['a chunk longer than it says', '4\r\n12345\r\n0\r\n\r\n'],
    ['a size that is no number', 'x\r\n\r\n'],
  ])('are refused: %s', async (_name, body) => {
    await expect(decode(body, 'unsigned')).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test('may come with trailers that end without an empty line', async () => {
    expect(await decode('5\r\n12345\r\n0\r\nx-amz-checksum-crc32: AAA=', 'unsigned')).toEqual({
      data: '12345',
      trailers: [['x-amz-checksum-crc32', 'AAA=']],
    });
  });
});
