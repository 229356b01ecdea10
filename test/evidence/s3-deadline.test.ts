import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { S3Operation } from '../../sandbox/aws/s3/protocol/s3-operations.ts';
import { PART_BYTES, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const never = new AbortController().signal;
const LARGE = Buffer.alloc(PART_BYTES + 999, 'evidence ');

let place: S3Place;
beforeEach(async () => {
  place = await s3Place();
});
afterEach(async () => {
  place.s3.faults.clear();
  expect(place.s3.problems()).toEqual([]);
  await place[Symbol.asyncDispose]();
});

const write = async (name: string, bytes: Buffer) => {
  const writer = await place.store().create(BUNDLE, name, never);
  await writer.write(bytes);
  return writer;
};
/** What `AbortSignal.timeout` aborts with, at a moment that the test chooses. */
const timeOut = (deadline: AbortController): void =>
  deadline.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));

const NO_ANSWER = {
  code: 'evidence-store',
  message: expect.stringContaining('did not answer in time'),
  next: expect.stringContaining('Ask again'),
};

describe('a link whose deadline passes', () => {
  it('while the store is asked for the object ends in a sentence', async () => {
    await (await write('pod.json', Buffer.from('small'))).close();
    const held = place.s3.faults.next({ operation: 'HeadObject', times: 9, fault: { kind: 'hold before' } });
    const deadline = new AbortController();
    const link = place.store().link(BUNDLE, { name: 'pod.json' }, new Date(), deadline.signal);
    await held.reached;
    timeOut(deadline);
    await expect(link).rejects.toMatchObject(NO_ANSWER);
  });

  it.each([
    ['that would ask for the object', {}],
    ['that would sign', { version: 'v1' }],
  ])('while credentials are fetched %s ends in a sentence', async (_what, version) => {
    const asked = Promise.withResolvers<void>();
    const provide = () => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    };
    const deadline = new AbortController();
    const link = place
      .store({}, { credentials: { provide, forget: () => undefined } })
      .link(BUNDLE, { name: 'pod.json', ...version }, new Date(), deadline.signal);
    await asked.promise;
    timeOut(deadline);
    await expect(link).rejects.toMatchObject(NO_ANSWER);
  });
});

describe('a takeover that is aborted', () => {
  const reason = new Error('another worker holds the run');

  it.each<[S3Operation]>([
    ['HeadObject'],
    ['CopyObject'],
    ['DeleteObject'],
    ['ListParts'],
    ['AbortMultipartUpload'],
  ])('lets go of %s and gives the reason', async (operation) => {
    await (await write('pod.json', Buffer.from('small'))).close();
    const open = await write('files.tar', LARGE);
    await expect.poll(() => place.s3.uploads()[0]?.parts.size, { timeout: 10_000 }).toBe(1);
    if (operation === 'AbortMultipartUpload') {
      // A copy that died leaves an upload below superseded-<n>/, which is aborted and not completed.
      place.s3.faults.next({
        operation: 'UploadPartCopy',
        times: 9,
        fault: { kind: 'refuse', code: 'InternalError' },
      });
      await expect(place.store({}, { copyBytes: 3 }).supersede(BUNDLE, never)).rejects.toThrow();
    }
    const held = place.s3.faults.next({ operation, times: 9, fault: { kind: 'hold before' } });
    const stopping = new AbortController();
    const taking = place.store().supersede(BUNDLE, stopping.signal);
    await held.reached;
    stopping.abort(reason);
    await expect(taking).rejects.toBe(reason);
    held.cancel();
    expect(await place.store().supersede(BUNDLE, never)).toContain('superseded-1/pod.json');
    expect(place.s3.uploads()).toEqual([]);
    await expect(open.close()).rejects.toMatchObject({ code: 'superseded' });
  });

  it('waits for a completion, whose outcome nobody would know otherwise', async () => {
    await write('files.tar', LARGE);
    await expect.poll(() => place.s3.uploads()[0]?.parts.size, { timeout: 10_000 }).toBe(1);
    const held = place.s3.faults.next({
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'hold before' },
    });
    const stopping = new AbortController();
    let ended = false;
    const taking = place
      .store()
      .supersede(BUNDLE, stopping.signal)
      .finally(() => {
        ended = true;
      });
    await held.reached;
    stopping.abort(reason);
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    held.release();
    await expect(taking).rejects.toBe(reason);
    expect(place.s3.uploads()).toEqual([]);
  });
});
