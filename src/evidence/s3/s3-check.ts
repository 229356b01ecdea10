import { randomUUID } from 'node:crypto';
import { GetBucketVersioningCommand, GetObjectLockConfigurationCommand } from '@aws-sdk/client-s3';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { abortUpload, createUpload } from './s3-calls.ts';
import { listUploads } from './s3-lists.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

const noLock = (bucket: string, what: string): FirebreakError =>
  new FirebreakError({
    code: 'evidence-store',
    message: `The bucket ${bucket} can't lock what Firebreak writes: ${what}.`,
    next: 'Turn on versioning and Object Lock for the bucket, or leave objectLock and legalHold out of the configuration.',
  });

/** Throws `evidence-store` where the bucket can't lock objects. */
export const requireLock = async (session: S3Session, signal: AbortSignal): Promise<void> => {
  const { bucket } = session.settings;
  const { Status } = await session.call('GetBucketVersioning', signal, (client) =>
    client.send(new GetBucketVersioningCommand({ Bucket: bucket }), { abortSignal: signal }),
  );
  if (Status !== 'Enabled') throw noLock(bucket, 'its versioning is off');
  const configuration = await session
    .call('GetObjectLockConfiguration', signal, (client) =>
      client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }), { abortSignal: signal }),
    )
    .catch((thrown: unknown) => {
      if (isRefusal(thrown, 'ObjectLockConfigurationNotFoundError', 'NotFound')) return undefined;
      throw thrown;
    });
  if (configuration?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled')
    throw noLock(bucket, 'Object Lock is off');
};

/**
 * Proves that the bucket takes a write, its encryption and its locks included, and leaves no object: an upload is begun and
 * aborted. One that a dead process left there is aborted too; that of another replica ends with it, which that one takes
 * for done.
 */
export const checkBucket = async (session: S3Session, signal: AbortSignal): Promise<void> => {
  const { objectLock, legalHold, prefix } = session.settings;
  if (objectLock !== undefined || legalHold === true) await requireLock(session, signal);
  const probes = `${prefix}.check-`;
  const key = probes + randomUUID();
  await abortUpload(session, { key, uploadId: await createUpload(session, key, {}, signal) }, signal);
  for (const upload of await listUploads(session, probes, signal)) await abortUpload(session, upload, signal);
};
