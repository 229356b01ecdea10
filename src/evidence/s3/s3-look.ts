import { GetObjectLockConfigurationCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { StoreLock } from '../../core/evidence.ts';
import { requireLock } from './s3-check.ts';
import { isRefusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

const configured = ({ objectLock, legalHold }: S3Session['settings']): string | undefined => {
  const how = [
    ...(objectLock === undefined ? [] : [`${objectLock.mode}, ${objectLock.days} days`]),
    ...(legalHold === true ? ['legal hold'] : []),
  ];
  return how.length === 0 ? undefined : how.join(', ');
};

/** Without `objectLock` in the configuration a bucket may still lock by a default of its own. */
const bucketsOwn = async (session: S3Session, signal: AbortSignal): Promise<StoreLock> => {
  try {
    const { ObjectLockConfiguration: lock } = await session.call(
      'GetObjectLockConfiguration',
      signal,
      (client) =>
        client.send(new GetObjectLockConfigurationCommand({ Bucket: session.settings.bucket }), {
          abortSignal: signal,
        }),
    );
    const retention = lock?.Rule?.DefaultRetention;
    if (retention?.Mode === undefined)
      return { kind: 'off', why: 'The configuration asks for no lock, and the bucket sets none by itself.' };
    const time = retention.Days === undefined ? `${retention.Years ?? 0} years` : `${retention.Days} days`;
    return { kind: 'on', how: `${retention.Mode}, ${time}, by the bucket's default` };
  } catch (thrown) {
    if (isRefusal(thrown, 'ObjectLockConfigurationNotFoundError', 'NotFound'))
      return {
        kind: 'off',
        why: 'The configuration asks for no lock, and Object Lock is off for the bucket.',
      };
    if (isRefusal(thrown, 'AccessDenied', 'NotImplemented', 'MethodNotAllowed'))
      return {
        kind: 'unknown',
        why: 'The configuration asks for no lock, and the bucket does not say whether it has one.',
      };
    throw thrown;
  }
};

/** Reads alone: that the bucket answers, and whether it locks what is written. Throws where a lock is asked for and can't be had. */
export const lookAtBucket = async (session: S3Session, signal: AbortSignal): Promise<StoreLock> => {
  const { bucket, prefix } = session.settings;
  await session.call('ListObjectsV2', signal, (client) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}.check-`, MaxKeys: 1 }), {
      abortSignal: signal,
    }),
  );
  const how = configured(session.settings);
  if (how === undefined) return bucketsOwn(session, signal);
  await requireLock(session, signal);
  return { kind: 'on', how };
};
