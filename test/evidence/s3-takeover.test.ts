import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import { memoryUploadJournal } from '../contracts/memory-upload-journal.ts';
import { PART_BYTES, PREFIX, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const never = new AbortController().signal;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const SMALL = Buffer.from('small');
const LARGE = Buffer.alloc(PART_BYTES + 999, 'evidence ');

let place: S3Place;
let slow: EvidenceStore;
let successor: EvidenceStore;
beforeEach(async () => {
  place = await s3Place();
  slow = place.store();
  successor = place.store();
});
afterEach(async () => {
  expect(place.s3.problems()).toEqual([]);
  await place[Symbol.asyncDispose]();
});

const write = async (store: EvidenceStore, name: string, bytes: Buffer) => {
  const writer = await store.create(BUNDLE, name, never);
  await writer.write(bytes);
  return await writer.close();
};
const lying = () => place.s3.objects().map(({ key }) => key.slice(`${PREFIX}${BUNDLE}/`.length));
const supersede = () => successor.supersede(BUNDLE, never);
const nothingOpen = () => {
  expect(place.s3.uploads()).toEqual([]);
  expect(place.journal.open()).toEqual([]);
};

describe('a takeover', () => {
  it('completes what had parts, aborts what had none, and leaves no upload', async () => {
    const parts = await slow.create(BUNDLE, 'files.tar', never);
    await parts.write(LARGE);
    await expect.poll(() => place.s3.uploads()[0]?.parts.size).toBe(1);
    const held = place.s3.faults.next({ operation: 'UploadPart', times: 9, fault: { kind: 'hold before' } });
    const none = await slow.create(BUNDLE, 'logs/app.log', never);
    await none.write(LARGE);
    await held.reached;
    expect(place.s3.uploads()).toHaveLength(2);

    expect(await supersede()).toEqual(['superseded-1/files.tar']);
    expect(lying()).toEqual(['superseded-1/files.tar']);
    expect((await place.s3.read(`${PREFIX}${BUNDLE}/superseded-1/files.tar`)).length).toBe(PART_BYTES);
    nothingOpen();
    held.cancel();
    await expect(none.close()).rejects.toMatchObject({ code: 'superseded' });
    await expect(parts.close()).rejects.toMatchObject({ code: 'superseded' });
    expect(lying()).toEqual(['superseded-1/files.tar']);
    nothingOpen();
  });

  it('finds an upload whose id the dead process did not live to write down', async () => {
    const created = place.s3.faults.next({
      operation: 'CreateMultipartUpload',
      fault: { kind: 'hold answer' },
    });
    const writer = await slow.create(BUNDLE, 'files.tar', never);
    const writing = writer.write(LARGE);
    await created.reached;
    expect(place.s3.uploads()).toHaveLength(1);
    expect(await supersede()).toEqual([]);
    nothingOpen();
    created.release();
    await expect(writing).rejects.toMatchObject({ code: 'superseded' });
    nothingOpen();
  });

  it('has a slow worker abort the upload that it begins afterwards', async () => {
    const begun = place.s3.faults.next({
      operation: 'CreateMultipartUpload',
      fault: { kind: 'hold before' },
    });
    const writer = await slow.create(BUNDLE, 'files.tar', never);
    const writing = writer.write(LARGE);
    await begun.reached;
    expect(await supersede()).toEqual([]);
    begun.release();
    await expect(writing).rejects.toMatchObject({ code: 'superseded' });
    nothingOpen();
    expect(lying()).toEqual([]);
  });

  it('aborts a copy that a dead takeover had begun, and makes it anew', async () => {
    const dying = place.store({}, { copyBytes: PART_BYTES });
    await write(slow, 'files.tar', LARGE);
    place.s3.faults.next({
      operation: 'UploadPartCopy',
      nth: 2,
      times: 9,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await expect(dying.supersede(BUNDLE, never)).rejects.toMatchObject({ code: 'evidence-store' });
    expect(place.s3.uploads()[0]?.parts.size).toBe(1);
    place.s3.faults.clear();
    expect(await supersede()).toEqual(['superseded-1/files.tar']);
    expect((await place.s3.read(`${PREFIX}${BUNDLE}/superseded-1/files.tar`)).length).toBe(LARGE.length);
    nothingOpen();
  });

  it('copies what is large in parts, with the same bytes, metadata and checksums', async () => {
    const inParts = place.store({}, { copyBytes: PART_BYTES });
    await write(slow, 'files.tar', LARGE);
    const before = place.s3.objects()[0];
    await inParts.supersede(BUNDLE, never);
    expect(await inParts.inventory(BUNDLE, () => true, never)).toEqual([
      { name: 'superseded-1/files.tar', bytes: LARGE.length, sha256: sha256(LARGE) },
    ]);
    const after = place.s3.objects()[0];
    expect(after?.headers).toMatchObject({
      'x-amz-meta-firebreak-upload': before?.headers['x-amz-meta-firebreak-upload'],
    });
    expect(after?.parts).toHaveLength(2);
    expect(after?.parts?.[0]?.checksum?.algorithm).toBe('SHA256');
    nothingOpen();
  });

  it('is carried on by the next one when it died between copy and delete', async () => {
    await write(slow, 'files.tar', SMALL);
    place.s3.faults.next({
      operation: 'DeleteObject',
      times: 9,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await expect(supersede()).rejects.toMatchObject({ code: 'evidence-store' });
    place.s3.faults.clear();
    expect(await supersede()).toEqual(['superseded-1/files.tar', 'superseded-2/files.tar']);
    expect(lying()).toEqual(['superseded-1/files.tar', 'superseded-2/files.tar']);
  });

  it('takes a copy whose answer was lost for made', async () => {
    await write(slow, 'files.tar', SMALL);
    const lost = place.s3.faults.next({ operation: 'CopyObject', fault: { kind: 'lose answer' } });
    expect(await supersede()).toEqual(['superseded-1/files.tar']);
    expect(lost.hits()).toBe(1);
    expect(lying()).toEqual(['superseded-1/files.tar']);
  });

  it('keeps what it moved below a delete marker, where the bucket keeps versions', async () => {
    await write(slow, 'files.tar', SMALL);
    await supersede();
    const versions = place.s3.versions(`${PREFIX}${BUNDLE}/files.tar`);
    expect(versions.map(({ kind }) => kind)).toEqual(['delete marker', 'object']);
  });

  it('touches no other bundle, not even one whose name begins alike', async () => {
    const other = await successor.create('FB-2026-0007/FB-2026-0007-10', 'files.tar', never);
    await other.write(LARGE);
    await write(slow, 'files.tar', SMALL);
    await supersede();
    expect(await other.close()).toMatchObject({ bytes: LARGE.length });
  });

  it('moves what a slow writer publishes while it is moving', async () => {
    await write(slow, 'pod.json', SMALL);
    const moving = place.s3.faults.next({ operation: 'CopyObject', fault: { kind: 'hold before' } });
    const superseding = supersede();
    await moving.reached;
    // It asked its journal before it was superseded, and dies before it asks again.
    await write(place.store({}, { journal: memoryUploadJournal() }), 'events.json', SMALL);
    moving.release();
    expect(await superseding).toEqual(['superseded-1/events.json', 'superseded-1/pod.json']);
    expect(lying()).toEqual(['superseded-1/events.json', 'superseded-1/pod.json']);
  });

  it('may meet a slow takeover of the same bundle: nothing is lost, nothing stays open', async () => {
    await write(slow, 'pod.json', SMALL);
    const writer = await slow.create(BUNDLE, 'files.tar', never);
    await writer.write(LARGE);
    await expect.poll(() => place.s3.uploads()[0]?.parts.size).toBe(1);
    const ended = await Promise.allSettled([slow.supersede(BUNDLE, never), supersede()]);
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    const names = lying();
    expect(names.filter((name) => !name.startsWith('superseded-'))).toEqual([]);
    for (const kept of ['pod.json', 'files.tar'])
      expect(
        names.some((name) => name.endsWith(`/${kept}`)),
        kept,
      ).toBe(true);
    nothingOpen();
    await writer.close().catch(() => 'it lost');
  });

  it('goes through lists of more than one page', async () => {
    for (let number = 0; number < 1_003; number += 1) await write(slow, `logs/${number}.log`, SMALL);
    const names = await successor.inventory(BUNDLE, () => true, never);
    expect(names).toHaveLength(1_003);
  });
});

describe('a slow writer that was taken over', () => {
  it.each([
    ['one part', SMALL, 'PutObject' as const],
    ['several parts', LARGE, 'CompleteMultipartUpload' as const],
  ])('takes back what it publishes in that moment: %s', async (_what, bytes, publishes) => {
    const published = place.s3.faults.next({ operation: publishes, fault: { kind: 'hold answer' } });
    const writing = write(slow, 'files.tar', bytes);
    await published.reached;
    // The journal alone, as if everything had been listed just before the publication.
    await place.journal.supersede(BUNDLE);
    published.release();
    await expect(writing).rejects.toMatchObject({ code: 'superseded' });
    expect(lying()).toEqual([]);
    nothingOpen();
  });

  it('leaves what its successor has published under that name', async () => {
    const published = place.s3.faults.next({ operation: 'PutObject', fault: { kind: 'hold answer' } });
    const writing = write(slow, 'files.tar', SMALL);
    await published.reached;
    await supersede();
    await write(successor, 'files.tar', LARGE);
    published.release();
    await expect(writing).rejects.toMatchObject({ code: 'superseded' });
    expect(await successor.inventory(BUNDLE, () => true, never)).toEqual([
      { name: 'files.tar', bytes: LARGE.length, sha256: sha256(LARGE) },
      { name: 'superseded-1/files.tar', bytes: SMALL.length, sha256: sha256(SMALL) },
    ]);
  });

  it('publishes nothing once it asked: no request is made', async () => {
    const writer = await slow.create(BUNDLE, 'files.tar', never);
    await writer.write(SMALL);
    await supersede();
    await expect(writer.close()).rejects.toMatchObject({ code: 'superseded' });
    expect(place.s3.requests().some(({ operation }) => operation === 'PutObject')).toBe(false);
  });
});
