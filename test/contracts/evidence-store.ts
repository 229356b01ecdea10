import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactWriter, EvidenceStore } from '../../src/core/evidence.ts';

/** A place that holds evidence, fresh for each test. */
export interface StorePlace {
  readonly store: EvidenceStore;
  /** Another process's view of the same place. */
  readonly other: EvidenceStore;
  /** A store that takes less than 1 MiB, or why this machine can't make one. */
  readonly small: () => Promise<EvidenceStore | string>;
  /** So much of an object that is not closed yet has reached the medium for sure; a dead process leaves nothing of less. */
  readonly reachesMediumBytes: number;
  /** Resolves when that much has arrived, where the store sends it in the background. */
  readonly settled?: () => Promise<void>;
  /** Why this place can't be held to one of two writers at once. */
  readonly raceful?: string;
  readonly clean: () => Promise<void>;
}

const bundle = 'FB-2026-0007/FB-2026-0007-1';
const signal = new AbortController().signal;
const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const writeWhole = async (store: EvidenceStore, name: string, text: string) => {
  const writer = await store.create(bundle, name, signal);
  await writer.write(bytesOf(text));
  return await writer.close();
};

const names = async (store: EvidenceStore): Promise<readonly string[]> =>
  (await store.inventory(bundle, () => true, signal)).map((object) => object.name);

/** Begins and closes; says how it ended, whichever of the two calls the store refuses. */
const outcome = async (begin: Promise<ArtifactWriter>): Promise<string> => {
  try {
    const writer = await begin;
    await writer.write(bytesOf('x'));
    await writer.close();
    return 'published';
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
  }
};

/** What every evidence store has to hold: the behaviours that the rest of Firebreak relies on. */
export const evidenceStoreContract = (title: string, makePlace: () => Promise<StorePlace>): void => {
  describe(`${title} keeps the contract of an evidence store`, () => {
    let place: StorePlace;
    beforeEach(async () => {
      place = await makePlace();
    });
    afterEach(async () => {
      await place.clean();
    });

    it('tells length and hash of what was written, in pieces of any size', async () => {
      const writer = await place.store.create(bundle, 'logs/app.log', signal);
      for (const piece of ['one', '', '\0two\n', 'x'.repeat(300_000)]) await writer.write(bytesOf(piece));
      const whole = `one\0two\n${'x'.repeat(300_000)}`;
      expect(await writer.close()).toMatchObject({ bytes: whole.length, sha256: sha256(whole) });
      expect(await place.other.inventory(bundle, () => true, signal)).toEqual([
        { name: 'logs/app.log', bytes: whole.length, sha256: sha256(whole) },
      ]);
    });

    it('stores an empty object', async () => {
      const writer = await place.store.create(bundle, 'events.json', signal);
      expect(await writer.close()).toMatchObject({ bytes: 0, sha256: sha256('') });
      expect(await names(place.other)).toEqual(['events.json']);
    });

    it('shows a reader nothing under the name before it is closed', async () => {
      const writer = await place.store.create(bundle, 'files.tar', signal);
      await writer.write(bytesOf('half'));
      expect(await names(place.other)).not.toContain('files.tar');
      await writer.close();
      expect(await names(place.other)).toEqual(['files.tar']);
    });

    it('never overwrites an object', async () => {
      await writeWhole(place.store, 'pod.json', 'first');
      expect(await outcome(place.other.create(bundle, 'pod.json', signal))).toBe('superseded');
      expect(await place.store.inventory(bundle, () => true, signal)).toEqual([
        { name: 'pod.json', bytes: 5, sha256: sha256('first') },
      ]);
    });

    it('lets one of two concurrent writers of a name publish', async (context) => {
      if (place.raceful !== undefined) return context.skip(place.raceful);
      const outcomes = await Promise.all([
        outcome(place.store.create(bundle, 'pod.json', signal)),
        outcome(place.other.create(bundle, 'pod.json', signal)),
      ]);
      expect(outcomes.sort()).toEqual(['published', 'superseded']);
    });

    it('takes no more bytes for an object that was closed', async () => {
      const writer = await place.store.create(bundle, 'pod.json', signal);
      await writer.close();
      await expect(writer.write(bytesOf('late'))).rejects.toMatchObject({ code: 'superseded' });
      await expect(writer.close()).rejects.toMatchObject({ code: 'superseded' });
    });

    it('keeps what a dead process had begun, and names it', async () => {
      await writeWhole(place.store, 'logs/app.log', 'whole');
      const half = 'h'.repeat(place.reachesMediumBytes);
      const dead = await place.store.create(bundle, 'files.tar', signal);
      await dead.write(bytesOf(half));
      await place.settled?.();
      expect(await place.other.supersede(bundle, signal)).toEqual([
        'superseded-1/files.tar',
        'superseded-1/logs/app.log',
      ]);
      expect(await place.other.inventory(bundle, () => true, signal)).toEqual([
        { name: 'superseded-1/files.tar', bytes: half.length, sha256: sha256(half) },
        { name: 'superseded-1/logs/app.log', bytes: 5, sha256: sha256('whole') },
      ]);
      await dead.close().catch(() => 'it lost');
    });

    it('keeps a slow writer from publishing after its capture was superseded', async () => {
      const slow = await place.store.create(bundle, 'files.tar', signal);
      await slow.write(bytesOf('o'.repeat(place.reachesMediumBytes)));
      await place.settled?.();
      await place.other.supersede(bundle, signal);
      await expect(slow.close()).rejects.toMatchObject({ code: 'superseded' });
      expect(await names(place.other)).toEqual(['superseded-1/files.tar']);
    });

    it('keeps a slow writer from publishing what its successor is writing', async () => {
      const old = 'o'.repeat(place.reachesMediumBytes);
      const slow = await place.store.create(bundle, 'files.tar', signal);
      await slow.write(bytesOf(old));
      await place.settled?.();
      await place.other.supersede(bundle, signal);
      const successor = await place.other.create(bundle, 'files.tar', signal);
      await successor.write(bytesOf('new, '));
      await expect(slow.close()).rejects.toMatchObject({ code: 'superseded' });
      await successor.write(bytesOf('whole'));
      await successor.close();
      expect(await place.other.inventory(bundle, () => true, signal)).toEqual([
        { name: 'files.tar', bytes: 10, sha256: sha256('new, whole') },
        { name: 'superseded-1/files.tar', bytes: old.length, sha256: sha256(old) },
      ]);
    });

    it('names what was begun and never closed, and keeps what arrived of it', async () => {
      const part = 'p'.repeat(place.reachesMediumBytes);
      const writer = await place.store.create(bundle, 'files.tar', signal);
      await writer.write(bytesOf(part));
      await place.settled?.();
      await writeWhole(place.store, 'pod.json', 'whole');
      const left = { name: 'files.tar.partial', bytes: part.length, sha256: sha256(part) };
      expect(await place.store.unfinished(bundle, signal)).toEqual([left]);
      expect(await names(place.store)).toEqual(['files.tar.partial', 'pod.json']);
      await writer.close().catch(() => 'it lost');
    });

    it('has nothing unfinished in a bundle whose objects were closed, and in one that was superseded', async () => {
      await writeWhole(place.store, 'pod.json', 'whole');
      expect(await place.store.unfinished(bundle, signal)).toEqual([]);
      const dead = await place.store.create(bundle, 'files.tar', signal);
      await dead.write(bytesOf('x'.repeat(place.reachesMediumBytes)));
      await place.settled?.();
      await place.other.supersede(bundle, signal);
      expect(await place.other.unfinished(bundle, signal)).toEqual([]);
      await dead.close().catch(() => 'it lost');
    });

    it('supersedes again beside what it superseded before, and names all of it', async () => {
      await writeWhole(place.store, 'pod.json', 'first');
      await place.store.supersede(bundle, signal);
      await writeWhole(place.store, 'pod.json', 'second');
      const all = ['superseded-1/pod.json', 'superseded-2/pod.json'];
      expect(await place.store.supersede(bundle, signal)).toEqual(all);
      expect(await names(place.store)).toEqual(all);
    });

    it('names what was superseded before also when nothing came after it', async () => {
      await writeWhole(place.store, 'pod.json', 'first');
      await place.store.supersede(bundle, signal);
      expect(await place.other.supersede(bundle, signal)).toEqual(['superseded-1/pod.json']);
    });

    it('keeps names with any characters that a file may have, and moves them too', async () => {
      const odd = ['logs/a b+c%2Fd.log', "logs/it's (1)!*.log", 'logs/päck~&=?#<>;:@$.log'];
      for (const name of odd) await writeWhole(place.store, name, name);
      expect((await names(place.other)).toSorted()).toEqual(odd.toSorted());
      expect(await place.other.supersede(bundle, signal)).toEqual(
        odd.map((name) => `superseded-1/${name}`).toSorted(),
      );
      const [first] = (await place.store.inventory(bundle, () => true, signal)).filter(({ name }) =>
        name.endsWith('d.log'),
      );
      expect(first?.sha256).toBe(sha256('logs/a b+c%2Fd.log'));
    });

    it('reads back the objects that are wanted, and no other', async () => {
      for (const name of ['pod.json', 'logs/app.log', 'logs/pod.json'])
        await writeWhole(place.store, name, name);
      const wanted = (name: string) => name.startsWith('logs/');
      expect(await place.other.inventory(bundle, wanted, signal)).toEqual(
        ['logs/app.log', 'logs/pod.json'].map((name) => ({
          ...{ name, bytes: name.length, sha256: sha256(name) },
        })),
      );
    });

    it('has nothing to supersede in a bundle that was never begun', async () => {
      expect(await place.store.supersede(bundle, signal)).toEqual([]);
      expect(await place.store.inventory(bundle, () => true, signal)).toEqual([]);
    });

    it.each([
      '../pod.json',
      '/etc/passwd',
      'logs/../../pod.json',
      'logs//app.log',
      'a\0b',
      'a\\b',
      '',
      'files.tar.partial',
      'superseded-1/files.tar',
      'x'.repeat(256),
    ])('refuses the name %j', async (name) => {
      await expect(place.store.create(bundle, name, signal)).rejects.toMatchObject({
        code: 'evidence-store',
      });
    });

    it.each(['one', 'a/b/c', '../b', '/a'])('refuses the bundle %j', async (name) => {
      await expect(place.store.create(name, 'pod.json', signal)).rejects.toMatchObject({
        code: 'evidence-store',
      });
    });

    it('begins nothing once the work was cancelled', async () => {
      const cancelled = AbortSignal.abort(new Error('cancelled by a person'));
      await expect(place.store.create(bundle, 'pod.json', cancelled)).rejects.toThrow(
        'cancelled by a person',
      );
      expect(await names(place.store)).toEqual([]);
    });

    it('proves that it takes a write and leaves no trace of the proof', async () => {
      await place.store.check(signal);
      expect(await names(place.store)).toEqual([]);
    });

    it('says what to do when it fills, and publishes nothing that is not whole', async (context) => {
      const small = await place.small();
      if (typeof small === 'string') return context.skip(small);
      const writer = await small.create(bundle, 'files.tar', signal);
      const fill = async () => {
        for (let piece = 0; piece < 64; piece += 1) await writer.write(new Uint8Array(64 * 1024));
        await writer.close();
      };
      await expect(fill()).rejects.toMatchObject({
        code: 'evidence-store',
        message: expect.stringContaining('is full'),
        next: expect.stringContaining('Free space'),
      });
      expect(await names(small)).not.toContain('files.tar');
    });
  });
};
