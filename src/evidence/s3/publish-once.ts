import { headObject, NEVER, type Published } from './s3-calls.ts';
import { isRefusal, S3Refusal } from './s3-refusal.ts';
import type { S3Session } from './s3-session.ts';

/** Another write to the same name was under way: a put may be tried again. Source: Amazon S3 API Reference, PutObject. */
const CONFLICT_TRIES = 3;

/** An object that is about to be published. */
export interface OwnObject {
  readonly key: string;
  /** The journal's id, which its metadata holds. */
  readonly writer: string;
  readonly bytes: number;
}

/**
 * Publishes by one call. Where its answer was lost, or is one that also follows a success that nobody heard of (412, no such
 * upload), what lies under the name is looked at: if it is this object, it is published.
 */
export const publishOnce = async (
  session: S3Session,
  own: OwnObject,
  publish: () => Promise<Published>,
): Promise<Published> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await publish();
    } catch (thrown) {
      if (!(thrown instanceof S3Refusal) || !thrown.mayBeDone) throw thrown;
      // If it can't be looked at, the first failure is the one to tell.
      const lying = await headObject(session, own.key, NEVER).catch(() => undefined);
      if (lying?.writer === own.writer && lying.bytes === own.bytes) return { version: lying.version };
      const again = thrown.operation === 'PutObject' && isRefusal(thrown, 'ConditionalRequestConflict');
      if (!again || tries === CONFLICT_TRIES) throw thrown;
    }
  }
};
