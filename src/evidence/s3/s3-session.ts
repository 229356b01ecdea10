import { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../core/clock.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { untilAborted } from '../until-aborted.ts';
import { readRefusal } from './read-refusal.ts';
import type { S3Operation } from './s3-refusal.ts';
import { S3RequestHandler } from './s3-request-handler.ts';
import type { S3Credentials, S3Identity, S3Settings } from './s3-settings.ts';

export interface S3SessionInit {
  readonly settings: S3Settings;
  readonly credentials: S3Credentials;
  readonly clock: Clock;
  /** HTTPS_PROXY and NO_PROXY; the SDK does not read them by itself. */
  readonly proxyEnvironment: Readonly<Record<string, string | undefined>>;
  /** How often a call is tried in all. The SDK waits longer and longer between them. */
  readonly attempts: number;
}

/** The SDK asks for credentials again when they are within five minutes of this end. */
const IDENTITY_KEPT_MS = 10 * 60_000;

/** After these the credentials at hand are worth nothing. */
const REFUSED_IDENTITY: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);

/** The connection to S3: one client, remade when its credentials were refused. What S3 refuses is an `S3Refusal`. */
export class S3Session {
  readonly settings: S3Settings;
  readonly #init: S3SessionInit;
  readonly #handler: S3RequestHandler;
  #client: S3Client | undefined;

  constructor(init: S3SessionInit) {
    this.settings = init.settings;
    this.#init = init;
    this.#handler = new S3RequestHandler(init.proxyEnvironment);
  }

  now(): Date {
    return this.#init.clock.now();
  }

  /**
   * `work` hands the signal to the SDK too, which ends a request by it, but not the wait for credentials. Throws `S3Refusal`,
   * `evidence-store` where there are no credentials, and the signal's reason.
   */
  async call<Output>(
    operation: S3Operation,
    signal: AbortSignal,
    work: (client: S3Client) => Promise<Output>,
  ): Promise<Output> {
    signal.throwIfAborted();
    this.#client ??= this.clientOf(() => this.#provide());
    try {
      return await untilAborted(work(this.#client), signal);
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (thrown instanceof FirebreakError) throw thrown;
      const refusal = readRefusal(operation, thrown);
      if (REFUSED_IDENTITY.has(refusal.code)) {
        this.#init.credentials.forget();
        this.#client = undefined;
      }
      throw refusal;
    }
  }

  /** A client that signs with these credentials. Clients share their connections. */
  clientOf(identity: () => Promise<S3Identity>): S3Client {
    const { settings, clock, attempts } = this.#init;
    return new S3Client({
      region: settings.region,
      ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
      forcePathStyle: settings.forcePathStyle ?? false,
      credentials: async () => {
        const { expiration, ...keys } = await identity();
        const recheck = clock.now().getTime() + IDENTITY_KEPT_MS;
        const end = Math.min(expiration?.getTime() ?? Number.POSITIVE_INFINITY, recheck);
        return { ...keys, expiration: new Date(end) };
      },
      requestHandler: this.#handler,
      maxAttempts: attempts,
      // Every write carries the SHA-256 that was computed here. The SDK's own default is a checksum in a trailer, which many
      // S3-compatible stores refuse.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      systemClockOffset: clock.now().getTime() - Date.now(),
      // Shows in CloudTrail and in the bucket's access log.
      customUserAgent: 'firebreak',
      logger: SILENT,
    });
  }

  /** The credentials, to sign with them. Throws `evidence-store` where there are none, and the signal's reason. */
  identity(signal: AbortSignal): Promise<S3Identity> {
    return untilAborted(this.#provide(), signal);
  }

  async #provide(): Promise<S3Identity> {
    try {
      return await this.#init.credentials.provide();
    } catch (thrown) {
      // A sentence about credentials is one about a cluster elsewhere; here it is the store's.
      const { message, next, retry } =
        thrown instanceof FirebreakError
          ? thrown
          : {
              message: 'The AWS credentials could not be read.',
              next: 'Give Firebreak an IAM role (Pod Identity or IRSA), or set AWS_PROFILE.',
              retry: 'retry can help' as const,
            };
      throw new FirebreakError({
        code: 'evidence-store',
        message: `The evidence store has no credentials. ${message}`,
        next,
        retry,
        ...(thrown instanceof FirebreakError ? { cause: thrown } : {}),
      });
    }
  }
}

/** The SDK writes to the console otherwise. */
const SILENT = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
