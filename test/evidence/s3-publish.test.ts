import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import { PART_BYTES, PREFIX, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const KEY = `${PREFIX}${BUNDLE}/files.tar`;
const never = new AbortController().signal;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let place: S3Place;
let store: EvidenceStore;
beforeEach(async () => {
  place = await s3Place();
  store = place.store();
});
afterEach(async () => {
  expect(place.s3.problems()).toEqual([]);
  await place[Symbol.asyncDispose]();
});

/** Two parts and a bit, in pieces that match no boundary. */
const LARGE = Buffer.alloc(2 * PART_BYTES + 777, 'evidence ');
const SMALL = Buffer.from('{"kind":"Pod"}');

const write = async (bytes: Buffer, into = store) => {
  const writer = await into.create(BUNDLE, 'files.tar', never);
  for (let at = 0; at < bytes.length; at += 700_001) await writer.write(bytes.subarray(at, at + 700_001));
  return await writer.close();
};
const requests = (operation: string) => place.s3.requests().filter((one) => one.operation === operation);

describe.each([
  { what: 'an object that fits into a part', bytes: SMALL, publishes: 'PutObject' as const },
  { what: 'an object of several parts', bytes: LARGE, publishes: 'CompleteMultipartUpload' as const },
])('$what', ({ bytes, publishes }) => {
  it('lies there whole, under the version that the writer tells, and nothing stays open', async () => {
    const written = await write(bytes);
    expect(await place.s3.read(KEY)).toEqual(bytes);
    expect(written).toEqual({
      bytes: bytes.length,
      sha256: sha256(bytes),
      version: place.s3.versions(KEY)[0]?.versionId,
    });
    expect(place.s3.uploads()).toEqual([]);
    expect(place.journal.open()).toEqual([]);
  });

  it('is published by a conditional write', async () => {
    await write(bytes);
    expect(requests(publishes).map(({ headers }) => headers['if-none-match'])).toEqual(['*']);
  });

  it('says nothing of versions where the bucket keeps none', async () => {
    await using plain = await s3Place({ buckets: [{ name: 'evidence' }] });
    expect(await write(bytes, plain.store())).not.toHaveProperty('version');
  });

  it('is published when the answer is lost, and told once', async () => {
    const fault = place.s3.faults.next({ operation: publishes, fault: { kind: 'lose answer' } });
    const { version } = await write(bytes);
    expect(fault.hits()).toBe(1);
    expect(requests(publishes)).toHaveLength(2);
    expect(version).toBe(place.s3.versions(KEY)[0]?.versionId);
    expect(place.s3.versions(KEY)).toHaveLength(1);
    expect(place.journal.open()).toEqual([]);
  });

  it('is published when every answer is lost', async () => {
    place.s3.faults.next({ operation: publishes, times: 9, fault: { kind: 'lose answer' } });
    expect(await write(bytes)).toMatchObject({ sha256: sha256(bytes) });
  });

  it('is not taken for published when the answer is lost and another object lies there', async () => {
    const fault = place.s3.faults.next({ operation: publishes, fault: { kind: 'hold before' } });
    const writing = write(bytes);
    await fault.reached;
    // The same bytes by somebody else, who was first.
    await write(bytes, place.store());
    fault.release();
    await expect(writing).rejects.toMatchObject({
      code: 'superseded',
      message: expect.stringContaining('already holds files.tar'),
      next: expect.stringContaining('Nothing was overwritten'),
    });
    expect(place.s3.versions(KEY)).toHaveLength(1);
    expect(place.s3.uploads()).toEqual([]);
    expect(place.journal.open()).toEqual([]);
  });

  it('ends in a sentence when S3 fails again and again', async () => {
    place.s3.faults.next({
      operation: publishes,
      times: 9,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await expect(write(bytes)).rejects.toMatchObject({
      code: 'evidence-store',
      message: `The evidence store at s3://evidence/firebreak/ at ${place.s3.endpoint.origin} failed at ${publishes} (InternalError, HTTP 500).`,
      retry: 'retry can help',
    });
    expect(place.s3.objects()).toEqual([]);
  });

  it('ends in a sentence when another write to its name was under way', async () => {
    place.s3.faults.next({
      operation: publishes,
      times: 9,
      fault: { kind: 'refuse', code: 'ConditionalRequestConflict' },
    });
    await expect(write(bytes)).rejects.toMatchObject({
      code: 'evidence-store',
      message: expect.stringContaining('had another write to the same name under way'),
    });
  });
});

describe('a put', () => {
  it('is tried again after a conflict', async () => {
    place.s3.faults.next({
      operation: 'PutObject',
      fault: { kind: 'refuse', code: 'ConditionalRequestConflict' },
    });
    expect(await write(SMALL)).toMatchObject({ bytes: SMALL.length });
  });

  it('carries the SHA-256 of its bytes three times: signed, as a checksum and as metadata', async () => {
    await write(SMALL);
    const hex = sha256(SMALL);
    expect(requests('PutObject')[0]?.headers).toMatchObject({
      'x-amz-content-sha256': hex,
      'x-amz-checksum-sha256': Buffer.from(hex, 'hex').toString('base64'),
      'x-amz-meta-firebreak-sha256': hex,
    });
  });
});

describe('a part', () => {
  it('carries the SHA-256 of its bytes, signed and as a checksum that S3 keeps', async () => {
    await write(LARGE);
    const first = sha256(LARGE.subarray(0, PART_BYTES));
    const sent = requests('UploadPart').find(({ query }) => query['partNumber'] === '1');
    expect(sent?.headers['x-amz-content-sha256']).toBe(first);
    expect(place.s3.objects()[0]?.parts?.[0]?.checksum?.value).toBe(
      Buffer.from(first, 'hex').toString('base64'),
    );
  });

  it('is sent again when its connection is cut', async () => {
    place.s3.faults.next({
      operation: 'UploadPart',
      partNumber: 1,
      fault: { kind: 'cut body', afterBytes: 1_000_000 },
    });
    expect(await write(LARGE)).toMatchObject({ sha256: sha256(LARGE) });
    expect(await place.s3.read(KEY)).toEqual(LARGE);
  });

  it('that fails for good ends in a sentence, and what came before it is kept', async () => {
    place.s3.faults.next({
      operation: 'UploadPart',
      partNumber: 2,
      times: 9,
      fault: { kind: 'refuse', code: 'SlowDown' },
    });
    await expect(write(LARGE)).rejects.toMatchObject({
      code: 'evidence-store',
      message: expect.stringContaining(
        'asks to be written to more slowly, several times in a row (SlowDown)',
      ),
      retry: 'retry can help',
    });
    expect(place.s3.objects()).toEqual([]);
    const left = LARGE.subarray(0, PART_BYTES);
    expect(await store.unfinished(BUNDLE, never)).toEqual([
      { name: 'files.tar.partial', bytes: left.length, sha256: sha256(left) },
    ]);
    expect(place.s3.objects().map(({ key }) => key)).toEqual([`${KEY}.partial`]);
    expect(place.s3.uploads()).toEqual([]);
    expect(place.journal.open()).toEqual([]);
  });

  it('behind a gap is not kept, since nothing says where it belongs', async () => {
    place.s3.faults.next({
      operation: 'UploadPart',
      partNumber: 1,
      times: 9,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await expect(write(LARGE)).rejects.toMatchObject({ code: 'evidence-store' });
    expect(await store.unfinished(BUNDLE, never)).toEqual([]);
    expect(place.s3.objects()).toEqual([]);
    expect(place.s3.uploads()).toEqual([]);
  });

  it('of an upload that somebody aborted ends in a sentence about that', async () => {
    const fault = place.s3.faults.next({
      operation: 'UploadPart',
      partNumber: 2,
      times: 9,
      fault: { kind: 'refuse', code: 'NoSuchUpload' },
    });
    await expect(write(LARGE)).rejects.toMatchObject({
      code: 'evidence-store',
      message: expect.stringContaining('no longer knows the upload'),
      next: expect.stringContaining('at least seven days'),
    });
    expect(fault.hits()).toBeGreaterThan(0);
  });
});

describe('the journal', () => {
  it('has an upload before it is begun, and its id before a part is sent', async () => {
    const create = place.s3.faults.next({
      operation: 'CreateMultipartUpload',
      fault: { kind: 'hold answer' },
    });
    const part = place.s3.faults.next({ operation: 'UploadPart', fault: { kind: 'hold before' } });
    const writing = write(LARGE);
    await create.reached;
    expect(place.journal.calls).toEqual(['begin files.tar']);
    create.release();
    await part.reached;
    expect(place.journal.calls).toEqual(['begin files.tar', 'multipart files.tar']);
    part.release();
    await writing;
    expect(place.journal.calls).toEqual(['begin files.tar', 'multipart files.tar', 'end files.tar']);
  });
});

describe('memory', () => {
  it('holds three parts of an object at most: two on their way, one that is gathered', async () => {
    const held = place.s3.faults.next({ operation: 'UploadPart', times: 99, fault: { kind: 'hold before' } });
    const writer = await store.create(BUNDLE, 'files.tar', never);
    const piece = Buffer.alloc(PART_BYTES / 5);
    let taken = 0;
    const writing = (async () => {
      for (; taken < 40; taken += 1) await writer.write(piece);
    })();
    await held.reached;
    await expect.poll(() => place.s3.requests().filter(({ outcome }) => outcome === 'open').length).toBe(2);
    // Whatever else is going on has to come to rest first.
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(14);
    held.cancel();
    await writing;
    expect(await writer.close()).toMatchObject({ bytes: 8 * PART_BYTES });
  });
});
