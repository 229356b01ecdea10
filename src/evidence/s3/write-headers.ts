import type { S3Session } from './s3-session.ts';

const DAY_MS = 24 * 60 * 60_000;

/** How each object is encrypted and locked: the same for PutObject, CopyObject and CreateMultipartUpload. */
export const writeHeaders = (session: Pick<S3Session, 'settings' | 'now'>) => {
  const { settings } = session;
  return {
    ContentType: 'application/octet-stream',
    ...(settings.kmsKeyId === undefined
      ? {}
      : {
          ServerSideEncryption: 'aws:kms' as const,
          SSEKMSKeyId: settings.kmsKeyId,
          // One data key for many objects: without it, each part asks KMS.
          BucketKeyEnabled: true,
        }),
    ...(settings.objectLock === undefined
      ? {}
      : {
          ObjectLockMode: settings.objectLock.mode,
          ObjectLockRetainUntilDate: new Date(session.now().getTime() + settings.objectLock.days * DAY_MS),
        }),
    ...(settings.legalHold === true ? { ObjectLockLegalHoldStatus: 'ON' as const } : {}),
  };
};
