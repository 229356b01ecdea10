import type { JournaledUpload } from '../../core/evidence.ts';
import { isSuperseded, SUPERSEDED_FOLDER } from '../object-name.ts';
import type { CopyTools } from './copy-object.ts';
import { finishUpload } from './finish-upload.ts';
import { moveObject } from './move-object.ts';
import { abortUpload } from './s3-calls.ts';
import { listKeys, listUploads, type OpenUpload } from './s3-lists.ts';

/** A slow writer can publish while things are moved, but not without end: it asks the journal before each object. */
const MAX_ROUNDS = 100;

export interface BundlePlace {
  readonly bundle: string;
  /** `<prefix><case>/<run>/`. */
  readonly prefix: string;
}

/** The uploads that S3 lists and those that the journal knows, each once. */
export const openUploads = async (
  { session }: CopyTools,
  { prefix }: BundlePlace,
  known: readonly JournaledUpload[],
  signal: AbortSignal,
): Promise<readonly OpenUpload[]> => {
  const uploads = new Map<string, OpenUpload>();
  for (const { name, uploadId } of known)
    if (uploadId !== undefined) uploads.set(uploadId, { key: prefix + name, uploadId });
  for (const upload of await listUploads(session, prefix, signal)) uploads.set(upload.uploadId, upload);
  return [...uploads.values()];
};

/**
 * Moves everything that lies in a bundle below the next free `superseded-<n>/`, with what arrived of uploads that were
 * under way. Resolves with the names of all that earlier captures left, sorted: also of what was moved before, since the
 * one that moved it may have died before it could tell.
 */
export const supersedeBundle = async (
  tools: CopyTools,
  place: BundlePlace,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { session, journal } = tools;
  const namesNow = async (): Promise<readonly string[]> =>
    (await listKeys(session, place.prefix, signal)).map((key) => key.slice(place.prefix.length));

  // First of all: from here on a slow writer of the earlier capture stops by itself.
  let known = await journal.supersede(place.bundle);
  let target: string | undefined;
  for (let round = 1; ; round += 1) {
    const names = await namesNow();
    const lying = names.filter((name) => !isSuperseded(name));
    const uploads = await openUploads(tools, place, known, signal);
    if (lying.length === 0 && uploads.length === 0) break;
    if (round > MAX_ROUNDS) throw new Error(`${place.bundle}: something keeps writing there`);
    target ??= nextFree(names);
    for (const name of lying) {
      signal.throwIfAborted();
      await moveObject(tools, { ...place, from: name, to: `${target}/${name}` }, signal);
    }
    for (const upload of uploads) {
      signal.throwIfAborted();
      if (isSuperseded(upload.key.slice(place.prefix.length))) await abortUpload(session, upload, signal);
      else await finishUpload(session, upload, signal);
    }
    await endAll(tools, known);
    known = [];
  }
  await endAll(tools, known);
  return (await namesNow()).filter(isSuperseded);
};

const endAll = async ({ journal }: CopyTools, entries: readonly JournaledUpload[]): Promise<void> => {
  for (const { id } of entries) await journal.end(id);
};

const nextFree = (names: readonly string[]): string => {
  const taken = names
    .map((name) => name.split('/')[0] ?? '')
    .filter((folder) => SUPERSEDED_FOLDER.test(folder))
    .map((folder) => Number(folder.slice('superseded-'.length)));
  return `superseded-${Math.max(0, ...taken) + 1}`;
};
