import { afterEach, beforeEach, expect, it } from 'vitest';
import { PREFIX, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const never = new AbortController().signal;

let place: S3Place;
beforeEach(async () => {
  place = await s3Place();
});
afterEach(async () => {
  expect(place.s3.problems()).toEqual([]);
  await place[Symbol.asyncDispose]();
});

const write = async (name: string, text: string) => {
  const writer = await place.store().create(BUNDLE, name, never);
  await writer.write(Buffer.from(text));
  return await writer.close();
};

it('opens the object for five minutes, as an attachment and nothing a browser would show', async () => {
  const { version } = await write('logs/app.log', 'a line\n');
  const signed = new Date();
  const link = await place.store().link(BUNDLE, { name: 'logs/app.log' }, signed, never);
  expect(link).toMatchObject({ version, expiresAt: new Date(signed.getTime() + 300_000) });
  const answer = await fetch(link.url);
  expect(await answer.text()).toBe('a line\n');
  expect(answer.headers.get('content-disposition')).toBe(
    'attachment; filename="FB-2026-0007-1-logs-app.log"',
  );
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(new URL(link.url).searchParams.get('X-Amz-Expires')).toBe('300');
});

it('opens the version that lay there when it was signed, whatever is written over it', async () => {
  await write('pod.json', 'sealed');
  const link = await place.store().link(BUNDLE, { name: 'pod.json' }, new Date(), never);
  await place.store().supersede(BUNDLE, never);
  await write('pod.json', 'another');
  expect(await (await fetch(link.url)).text()).toBe('sealed');
});

it('opens the version that it is asked for, although another lies there by now', async () => {
  const { version } = await write('pod.json', 'sealed');
  await place.store().supersede(BUNDLE, never);
  await write('pod.json', 'put there by somebody else');
  const object = { name: 'pod.json', ...(version === undefined ? {} : { version }) };
  const link = await place.store().link(BUNDLE, object, new Date(), never);
  expect(link.version).toBe(version);
  expect(await (await fetch(link.url)).text()).toBe('sealed');
});

it('ends when five minutes have passed by the clock that signed it', async () => {
  await write('pod.json', 'sealed');
  const link = await place.store().link(BUNDLE, { name: 'pod.json' }, new Date(Date.now() - 301_000), never);
  const answer = await fetch(link.url);
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
});

it('opens nothing else: another key, another version and another disposition are refused', async () => {
  await write('pod.json', 'sealed');
  await write('events.json', 'others');
  const { url } = await place.store().link(BUNDLE, { name: 'pod.json' }, new Date(), never);
  const inline = url.replace('attachment', 'inline');
  for (const changed of [url.replace('pod.json', 'events.json'), inline]) {
    expect(changed).not.toBe(url);
    expect((await fetch(changed)).status).toBe(403);
  }
});

it('says when it really ends where the credentials end sooner', async () => {
  await write('pod.json', 'sealed');
  const signed = new Date();
  const expiration = new Date(signed.getTime() + 60_500);
  const provide = async () => ({ ...place.s3.accessKey, sessionToken: '', expiration });
  const store = place.store({}, { credentials: { provide, forget: () => undefined } });
  const link = await store.link(BUNDLE, { name: 'pod.json' }, signed, never);
  expect(link.expiresAt).toEqual(new Date(signed.getTime() + 60_000));
  expect(new URL(link.url).searchParams.get('X-Amz-Expires')).toBe('60');
});

it('is not signed with credentials that have ended', async () => {
  await write('pod.json', 'sealed');
  const signed = new Date();
  const held = place.store(
    {},
    {
      credentials: {
        provide: async () => ({ ...place.s3.accessKey, expiration: new Date(signed.getTime() + 500) }),
        forget: () => undefined,
      },
    },
  );
  await expect(held.link(BUNDLE, { name: 'pod.json' }, signed, never)).rejects.toMatchObject({
    code: 'evidence-store',
    message: expect.stringContaining('have ended'),
  });
});

it('is refused for an object that is not there, for one of an earlier capture, and outside the bundle', async () => {
  const link = (name: string) => place.store().link(BUNDLE, { name }, new Date(), never);
  await expect(link('pod.json')).rejects.toMatchObject({ code: 'not-found' });
  await expect(link('superseded-1/pod.json')).rejects.toMatchObject({ code: 'evidence-store' });
  await expect(link('../../secrets')).rejects.toMatchObject({ code: 'evidence-store' });
});

it('names a file that is plain whatever the object is called', async () => {
  await write('logs/a"b;c\u00e9.log', 'x');
  const { url } = await place.store().link(BUNDLE, { name: 'logs/a"b;c\u00e9.log' }, new Date(), never);
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toBe(
    'attachment; filename="FB-2026-0007-1-logs-a-b-c-.log"',
  );
});

it('has links, and says where a bundle lies', () => {
  const store = place.store();
  expect(store.links).toBe('presigned');
  expect(store.location).toBe(`s3://evidence/firebreak/ at ${place.s3.endpoint.origin}`);
  expect(store.reference(BUNDLE)).toBe(`s3://evidence/${PREFIX}${BUNDLE}/`);
});

it('has a place of its own at each endpoint, whatever names the endpoint', () => {
  const locationOf = (
    endpoint: string | undefined,
    proxyEnvironment: Readonly<Record<string, string>> = {},
  ) => place.store({ endpoint }, { proxyEnvironment }).location;
  const aws = 's3://evidence/firebreak/';
  const minio = `${aws} at https://minio.example:9000`;
  const AWS_ENDPOINT_URL = 'https://other.example';
  expect(locationOf(undefined)).toBe(aws);
  expect(locationOf('https://minio.example:9000')).toBe(minio);
  expect(locationOf('https://minio.example:9000/', { AWS_ENDPOINT_URL })).toBe(minio);
  expect(locationOf('https://gateway.example/s3/')).toBe(`${aws} at https://gateway.example/s3`);
  expect(locationOf(undefined, { AWS_ENDPOINT_URL })).toBe(`${aws} at https://other.example`);
  expect(locationOf(undefined, { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3: 'https://minio.example:9000' })).toBe(
    minio,
  );
  expect(locationOf(undefined, { AWS_ENDPOINT_URL: 'https://user:secret@other.example' })).toBe(
    `${aws} at https://other.example`,
  );
});
