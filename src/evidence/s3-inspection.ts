import type { StoreInspection } from '../core/evidence.ts';
import { s3Failure } from './s3/s3-failure.ts';
import { s3Location } from './s3/s3-keys.ts';
import { withEndpoint } from './s3/with-endpoint.ts';
import type { S3StoreOptions } from './s3-store.ts';

/** With the SDK's pauses between them, some seconds in all. */
const ATTEMPTS = 3;

/** Looks at a bucket. AWS's SDK is loaded with the first call. */
export const createS3Inspection = (options: Omit<S3StoreOptions, 'journal'>): StoreInspection => {
  const settings = withEndpoint(options.settings, options.proxyEnvironment ?? {});
  const explained = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw s3Failure(settings, thrown);
    }
  };
  const session = async () => {
    const { S3Session } = await import('./s3/s3-session.ts');
    return new S3Session({ proxyEnvironment: {}, attempts: ATTEMPTS, ...options, settings });
  };
  return {
    location: s3Location(settings),
    look: (signal) =>
      explained(signal, async () => (await import('./s3/s3-look.ts')).lookAtBucket(await session(), signal)),
    probe: (signal) =>
      explained(signal, async () => (await import('./s3/s3-probe.ts')).probeBucket(await session(), signal)),
  };
};
