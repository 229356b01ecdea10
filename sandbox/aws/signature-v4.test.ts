import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { NodeSha256 } from './signature-v4/testing/node-sha256.ts';
import { type SignatureRules, type SignedRequest, verifySignatureV4 } from './signature-v4.ts';

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const SUITE_SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const S3_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

const SUITE: SignatureRules = {
  service: 'service',
  region: 'us-east-1',
  now: new Date('2015-08-30T12:36:00Z'),
  accessKey: (id) => (id === 'AKIDEXAMPLE' ? { secretAccessKey: SUITE_SECRET } : undefined),
  pathRule: 'normalised and encoded twice',
};
const S3: SignatureRules = {
  service: 's3',
  region: 'us-east-1',
  now: new Date('2013-05-24T00:00:00Z'),
  accessKey: (id) => (id === 'AKIAIOSFODNN7EXAMPLE' ? { secretAccessKey: S3_SECRET } : undefined),
  pathRule: 's3',
};

function suite(method: string, target: string, signature: string): SignedRequest {
  return {
    method,
    target,
    headers: {
      Host: 'example.amazonaws.com',
      'X-Amz-Date': '20150830T123600Z',
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
    payloadHash: EMPTY,
  };
}

function documented(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  payloadHash: string,
  signature: string,
): SignedRequest {
  const all: Readonly<Record<string, string>> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': '20130524T000000Z',
    ...headers,
  };
  const signed = Object.keys(all).toSorted().join(';');
  return {
    method,
    target,
    headers: {
      ...all,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signed},Signature=${signature}`,
    },
    payloadHash,
  };
}

const VANILLA = suite('GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31');
const PRESIGNED =
  '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
const presigned: SignedRequest = {
  method: 'GET',
  target: PRESIGNED,
  headers: { host: 'examplebucket.s3.amazonaws.com' },
  payloadHash: 'UNSIGNED-PAYLOAD',
};

describe("what AWS's test suite publishes", () => {
  test.each([
    ['get-vanilla', VANILLA],
    [
      'get-vanilla-query-order-key-case',
      suite(
        'GET',
        '/?Param2=value2&Param1=value1',
        'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
      ),
    ],
    ['post-vanilla', suite('POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b')],
    [
      'get-relative',
      suite('GET', '/example/..', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'),
    ],
  ])('accepts %s', (_name, request) => {
    expect(verifySignatureV4(request, SUITE)).toMatchObject({ kind: 'valid', accessKeyId: 'AKIDEXAMPLE' });
  });
});

describe("what S3's API reference publishes", () => {
  test.each([
    [
      'GET object with a range',
      documented(
        'GET',
        '/test.txt',
        { range: 'bytes=0-9' },
        EMPTY,
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    ],
    [
      'PUT object with a dollar sign in its key',
      documented(
        'PUT',
        '/test$file.text',
        { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
        '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    ],
    [
      'GET bucket lifecycle',
      documented(
        'GET',
        '/?lifecycle',
        {},
        EMPTY,
        'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      ),
    ],
    [
      'list objects',
      documented(
        'GET',
        '/?max-keys=2&prefix=J',
        {},
        EMPTY,
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
    ],
    ['presigned GET', presigned],
  ])('accepts %s', (_name, request) => {
    expect(verifySignatureV4(request, S3)).toMatchObject({ kind: 'valid' });
  });
});

interface Outgoing {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
}

const AT = new Date('2026-03-01T10:00:00Z');
const CREDENTIALS = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'secret/+=', sessionToken: 'tok+en/==' };

async function signedBySmithy(
  how: 'sign' | 'presign',
  service: string,
  request: Outgoing,
  uriEscapePath: boolean,
) {
  const signer = new SignatureV4({
    credentials: CREDENTIALS,
    region: 'eu-west-1',
    service,
    sha256: NodeSha256,
    uriEscapePath,
  });
  const plain = {
    method: request.method ?? 'GET',
    protocol: 'https:',
    hostname: 'peer.example',
    path: request.path ?? '/',
    query: request.query ?? {},
    headers: { host: 'peer.example', ...request.headers },
  };
  const signed =
    how === 'sign'
      ? await signer.sign(plain, { signingDate: AT })
      : await signer.presign(plain, {
          signingDate: AT,
          expiresIn: 60,
          unhoistableHeaders: new Set(['x-k8s-aws-id']),
          signableHeaders: new Set(['x-k8s-aws-id']),
        });
  const pairs = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    [value ?? ''].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  return {
    method: signed.method,
    target: pairs.length === 0 ? signed.path : `${signed.path}?${pairs.join('&')}`,
    headers: signed.headers,
    payloadHash: EMPTY,
  } satisfies SignedRequest;
}

function rules(service: string, change: Partial<SignatureRules> = {}): SignatureRules {
  return {
    service,
    region: 'eu-west-1',
    now: AT,
    accessKey: (id) => (id === CREDENTIALS.accessKeyId ? CREDENTIALS : undefined),
    pathRule: service === 's3' ? 's3' : 'normalised and encoded twice',
    ...change,
  };
}

describe('what the official signer makes', () => {
  test.each<[string, string, Outgoing, boolean]>([
    [
      'an STS request',
      'sts',
      { method: 'POST', headers: { 'content-type': 'a/b', 'x-amz-target': 'a  b ' } },
      true,
    ],
    ['an S3 key with spaces and a colon', 's3', { path: '/bucket/a%20b/c%3Ad/%C3%A9' }, false],
    ['a cluster name that is escaped again', 'eks', { path: '/clusters/a%3Ab%20c' }, true],
    ['a query with repeats and signs', 'sts', { query: { b: ['2', '1'], a: '/+ é~*', c: '' } }, true],
  ])('is accepted: %s', async (_name, service, request, escapePath) => {
    const signed = await signedBySmithy('sign', service, request, escapePath);
    expect(verifySignatureV4(signed, rules(service))).toMatchObject({ kind: 'valid' });
  });

  const eksToken: Outgoing = {
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { 'x-k8s-aws-id': 'prod-cluster' },
  };

  test('is accepted with a header that the verifier supplies, and refused for another cluster', async () => {
    const signed = await signedBySmithy('presign', 'sts', eksToken, true);
    const forCluster = (name: string) => ({
      ...signed,
      headers: { host: 'peer.example', 'x-k8s-aws-id': name },
    });
    const verdict = verifySignatureV4(forCluster('prod-cluster'), rules('sts'));
    expect(verdict).toMatchObject({
      kind: 'valid',
      authorization: { place: 'query', expiresSeconds: 60, signedHeaders: ['host', 'x-k8s-aws-id'] },
    });
    expect(verifySignatureV4(forCluster('other'), rules('sts'))).toMatchObject({ code: 'wrong signature' });
    expect(verifySignatureV4({ ...signed, headers: { host: 'peer.example' } }, rules('sts'))).toMatchObject({
      code: 'wrong signature',
    });
  });

  test.each<[string, Partial<SignatureRules>, string]>([
    ['a key nobody has', { accessKey: () => undefined }, 'unknown access key'],
    [
      'a wrong secret',
      { accessKey: () => ({ ...CREDENTIALS, secretAccessKey: 'other' }) },
      'wrong signature',
    ],
    [
      'a token of another key',
      { accessKey: () => ({ ...CREDENTIALS, sessionToken: 'x' }) },
      'session token unknown',
    ],
    [
      'a token for a lasting key',
      { accessKey: () => ({ secretAccessKey: 'secret/+=' }) },
      'session token unknown',
    ],
    [
      'ended credentials',
      { accessKey: () => ({ ...CREDENTIALS, expiresAt: AT.getTime() }) },
      'session token expired',
    ],
    ['a clock 16 minutes ahead', { now: new Date(AT.getTime() + 16 * 60_000) }, 'date skewed'],
    ['a clock 16 minutes behind', { now: new Date(AT.getTime() - 16 * 60_000) }, 'date skewed'],
    ['another region', { region: 'us-east-1' }, 'wrong scope'],
    ['another service', { service: 'eks' }, 'wrong scope'],
  ])('is refused over %s', async (_name, change, code) => {
    const signed = await signedBySmithy('sign', 'sts', {}, true);
    expect(verifySignatureV4(signed, rules('sts', change))).toMatchObject({ kind: 'refused', code });
  });

  test('is refused when a presigned request comes a second after it expired, or long before it starts', async () => {
    const signed = await signedBySmithy('presign', 'sts', {}, true);
    const at = (ms: number) => verifySignatureV4(signed, rules('sts', { now: new Date(AT.getTime() + ms) }));
    expect(at(60_000)).toMatchObject({ kind: 'valid' });
    expect(at(60_001)).toMatchObject({ code: 'presign expired' });
    expect(at(-16 * 60_000)).toMatchObject({ code: 'presign not yet valid' });
  });

  test('is refused when the session token is taken out', async () => {
    const { headers, ...signed } = await signedBySmithy('sign', 'sts', {}, true);
    const { 'x-amz-security-token': _token, ...rest } = headers;
    expect(verifySignatureV4({ ...signed, headers: rest }, rules('sts'))).toMatchObject({
      code: 'session token missing',
    });
  });
});

describe('a request that was tampered with', () => {
  test.each<[string, SignedRequest, string]>([
    ['no signature', { ...VANILLA, headers: { host: 'example.amazonaws.com' } }, 'missing'],
    ['another method', { ...VANILLA, method: 'DELETE' }, 'wrong signature'],
    ['another query', { ...VANILLA, target: '/?a=b' }, 'wrong signature'],
    ['another body', { ...VANILLA, payloadHash: EMPTY.replace('e', 'f') }, 'wrong signature'],
    [
      'another host',
      { ...VANILLA, headers: { ...VANILLA.headers, Host: 'evil.example' } },
      'wrong signature',
    ],
    [
      'an extra x-amz header',
      { ...VANILLA, headers: { ...VANILLA.headers, 'x-amz-acl': 'a' } },
      'headers not signed',
    ],
    [
      'a header of another kind',
      { ...VANILLA, headers: { ...VANILLA.headers, Authorization: 'Bearer x' } },
      'malformed',
    ],
    ['no date', { ...VANILLA, headers: { ...VANILLA.headers, 'X-Amz-Date': undefined } }, 'malformed'],
  ])('is refused: %s', (_name, request, code) => {
    expect(verifySignatureV4(request, SUITE)).toMatchObject({ kind: 'refused', code });
  });

  test.each<[string, string, string]>([
    ['a longer life', PRESIGNED.replace('Expires=86400', 'Expires=86401'), 'wrong signature'],
    ['more than a week', PRESIGNED.replace('Expires=86400', 'Expires=604801'), 'presign too long'],
    ['another object', PRESIGNED.replace('test.txt', 'other.txt'), 'wrong signature'],
    ['no expiry', PRESIGNED.replace('X-Amz-Expires=86400&', ''), 'malformed'],
    ['another scope', PRESIGNED.replace('%2F20130524', '%2F20130525'), 'wrong scope'],
  ])('is refused when presigned: %s', (_name, target, code) => {
    expect(verifySignatureV4({ ...presigned, target }, S3)).toMatchObject({ kind: 'refused', code });
  });

  test('says what was computed, as S3 does', () => {
    const verdict = verifySignatureV4({ ...VANILLA, method: 'PUT' }, SUITE);
    expect(verdict).toMatchObject({
      computed: { canonicalRequest: expect.stringMatching(/^PUT\n\/\n\nhost:example\.amazonaws\.com\n/) },
    });
  });
});
