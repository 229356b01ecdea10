import { randomUUID } from 'node:crypto';
import type { EvidenceStore, StoredObject } from '../../core/evidence.ts';
import { objectSegments } from '../object-name.ts';
import { supersededName } from '../store-failure.ts';
import type { CopyTools } from './copy-object.ts';
import { endUnfinished } from './end-unfinished.ts';
import { hashObject } from './hash-object.ts';
import { checkBucket } from './s3-check.ts';
import { s3Aborted, s3Failure } from './s3-failure.ts';
import { bundlePrefix, s3Location } from './s3-keys.ts';
import { signLink } from './s3-link.ts';
import { listKeys } from './s3-lists.ts';
import { S3Session, type S3SessionInit } from './s3-session.ts';
import { supersedeBundle } from './s3-supersede.ts';
import { S3Writer } from './s3-writer.ts';

interface S3PlaceInit extends S3SessionInit, Omit<CopyTools, 'session'> {
  readonly partBytes: number;
}

type Methods = Omit<EvidenceStore, 'location' | 'links' | 'reference'>;

/** What a store does once AWS's SDK is loaded. */
export const createS3Place = (init: S3PlaceInit): Methods => {
  const { settings, journal, copyBytes, partBytes } = init;
  const session = new S3Session(init);
  const tools: CopyTools = { session, journal, copyBytes };

  const explained = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (thrown) {
      if (signal.aborted) throw s3Aborted(settings, signal.reason);
      throw s3Failure(settings, thrown);
    }
  };
  const placeOf = (bundle: string) => ({ bundle, prefix: bundlePrefix(settings, bundle) });

  const hashed = async (
    prefix: string,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly StoredObject[]> => {
    const objects: StoredObject[] = [];
    for (const name of names) objects.push({ name, ...(await hashObject(session, prefix + name, signal)) });
    return objects;
  };

  return {
    create: (bundle, name, signal) =>
      explained(signal, async () => {
        const key = bundlePrefix(settings, bundle) + objectSegments(name).join('/');
        const writer = randomUUID();
        await journal.begin({ id: writer, bundle, name });
        return new S3Writer({
          ...{ session, journal, key, writer, partBytes },
          explain: (thrown) => s3Failure(settings, thrown),
          superseded: () => supersededName(s3Location(settings), name),
        });
      }),
    supersede: (bundle, signal) => explained(signal, () => supersedeBundle(tools, placeOf(bundle), signal)),
    unfinished: (bundle, signal) =>
      explained(signal, async () => {
        const place = placeOf(bundle);
        return hashed(place.prefix, await endUnfinished(tools, place, signal), signal);
      }),
    inventory: (bundle, wanted, signal) =>
      explained(signal, async () => {
        const { prefix } = placeOf(bundle);
        const keys = await listKeys(session, prefix, signal);
        const names = keys.map((key) => key.slice(prefix.length));
        return hashed(prefix, names.filter(wanted), signal);
      }),
    link: (bundle, object, signingDate, signal) =>
      explained(signal, () => {
        objectSegments(object.name);
        return signLink(session, { ...placeOf(bundle), ...object }, signingDate, signal);
      }),
    check: (signal) => explained(signal, () => checkBucket(session, signal)),
  };
};
