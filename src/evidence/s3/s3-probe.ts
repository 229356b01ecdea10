import { createHash, randomUUID } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3';
import type { DeletionTried } from '../../core/evidence.ts';
import { isRefusal, type S3Refusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';
import { writeHeaders } from './write-headers.ts';

const TEXT = 'Firebreak proves that it can write here, and that it can not delete.\n';
/** The shortest retention that is counted in days: a probe need not stay for a year. */
const PROBE_DAYS = 1;

interface Probe {
  readonly key: string;
  readonly version: string | undefined;
}

const put = async (session: S3Session, signal: AbortSignal): Promise<Probe> => {
  const { settings } = session;
  const { objectLock } = settings;
  const key = `${settings.prefix}.check-${randomUUID()}`;
  const headers = writeHeaders({
    settings: { ...settings, ...(objectLock && { objectLock: { ...objectLock, days: PROBE_DAYS } }) },
    now: () => session.now(),
  });
  const answer = await session.call('PutObject', signal, (client) =>
    client.send(
      new PutObjectCommand({
        ...{ Bucket: settings.bucket, Key: key, Body: Buffer.from(TEXT), IfNoneMatch: '*' },
        ChecksumSHA256: createHash('sha256').update(TEXT).digest('base64'),
        ...headers,
      }),
      { abortSignal: signal },
    ),
  );
  return { key, version: answer.VersionId === 'null' ? undefined : answer.VersionId };
};

const remove = (session: S3Session, { key, version }: Probe, signal: AbortSignal): Promise<unknown> =>
  session.call('DeleteObject', signal, (client) =>
    client.send(
      new DeleteObjectCommand({
        ...{ Bucket: session.settings.bucket, Key: key },
        ...(version === undefined ? {} : { VersionId: version }),
      }),
      { abortSignal: signal },
    ),
  );

/** A hold would keep the probe for ever. */
const liftHold = async (session: S3Session, { key, version }: Probe, signal: AbortSignal): Promise<void> => {
  if (session.settings.legalHold !== true) return;
  await session.call('PutObject', signal, (client) =>
    client.send(
      new PutObjectLegalHoldCommand({
        ...{
          Bucket: session.settings.bucket,
          Key: key,
          LegalHold: { Status: 'OFF' },
          ChecksumAlgorithm: 'SHA256',
        },
        ...(version === undefined ? {} : { VersionId: version }),
      }),
      { abortSignal: signal },
    ),
  );
};

const denial = ({ key }: Probe, { deniedAction }: S3Refusal, session: S3Session): string => {
  const until = session.settings.objectLock === undefined ? 'until somebody deletes it' : 'for a day';
  const by = deniedAction === undefined ? '' : `: its identity lacks ${deniedAction}`;
  return `Put works and delete is denied${by}. The probe ${key} stays ${until}.`;
};

/**
 * Puts an object as evidence is put, with its lock for a day instead of the configured time, and tries to delete its
 * version for good. A probe that may not be deleted is hidden behind a delete marker.
 */
export const probeBucket = async (session: S3Session, signal: AbortSignal): Promise<DeletionTried> => {
  const probe = await put(session, signal);
  try {
    await remove(session, probe, signal);
  } catch (thrown) {
    if (!isRefusal(thrown, 'AccessDenied', 'InvalidRequest', 'ObjectLocked')) throw thrown;
    await liftHold(session, probe, signal);
    if (probe.version !== undefined) await remove(session, { key: probe.key, version: undefined }, signal);
    return { kind: 'denied', how: denial(probe, thrown, session) };
  }
  return {
    kind: 'deleted',
    why: 'Put works, and so does delete: Firebreak could delete the evidence that it wrote.',
  };
};
