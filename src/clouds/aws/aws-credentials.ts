import { Kept } from '../access/kept.ts';
import type { SourcedIdentity } from './aws-credential-source.ts';
import type { AwsIdentity } from './aws-identity.ts';
import { type AwsPlace, type AwsPlaceKeys, awsPlace } from './aws-place.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

/** The region is the one whose STS is asked for roles. */
export interface AwsCredentialsInit extends AwsSurroundings, AwsPlaceKeys {
  /** A profile of AWS's shared config files: then the only source. */
  readonly profile?: string | undefined;
}

export interface AwsCredentials {
  readonly place: AwsPlace;
  /**
   * Credentials that are kept until five minutes before they end; callers at the same time share one fetch. In the
   * shape of an `AwsCredentialIdentityProvider` of the SDK. Throws `cluster-credentials`, `cluster-unreachable`,
   * `cluster-throttled`.
   */
  readonly provide: () => Promise<AwsIdentity>;
  /** Makes the next call fetch anew: the kept ones were refused. */
  readonly forget: () => void;
  /** Where the last ones came from, for people; undefined before the first. */
  readonly source: () => string | undefined;
  /** Sends the calls to AWS's APIs, through the environment's proxy. */
  readonly handler: () => Promise<AwsRequestHandler>;
}

/** As the SDKs do. Within it, a failed renewal is not yet a failure. */
const RENEW_BEFORE_END_MS = 5 * 60_000;
const USELESS_BEFORE_END_MS = 60_000;

/** Keeps what `fetch` gives, and is otherwise as it is told. */
export const keptCredentials = (
  { clock, place, handler }: Pick<AwsSurroundings, 'clock'> & Pick<AwsCredentials, 'place' | 'handler'>,
  fetch: () => Promise<SourcedIdentity>,
): AwsCredentials => {
  const kept = new Kept<SourcedIdentity>({
    clock,
    renewBeforeEndMs: RENEW_BEFORE_END_MS,
    uselessBeforeEndMs: USELESS_BEFORE_END_MS,
    fetch: async () => {
      const value = await fetch();
      return { value, endsAt: value.identity.expiration };
    },
  });
  return {
    place,
    handler,
    source: () => kept.last?.source,
    forget: () => kept.forget(),
    provide: async () => (await kept.get()).identity,
  };
};

/**
 * The explicit chain: environment, profile (keys, role, web identity, SSO), service account's role (IRSA), Pod
 * Identity, instance profile. Nothing of the SDK is loaded before the first call.
 */
export const awsCredentials = (init: AwsCredentialsInit): AwsCredentials => {
  const place = awsPlace(init, init.environment);
  let making: Promise<AwsRequestHandler> | undefined;
  const handler = (): Promise<AwsRequestHandler> => {
    making ??= import('./aws-request-handler.ts').then((module) => new module.AwsRequestHandler(init));
    return making;
  };
  return keptCredentials({ clock: init.clock, place, handler }, async () => {
    const { findAwsIdentity } = await import('./aws-credential-chain.ts');
    return findAwsIdentity({ init, place, handler: await handler() });
  });
};
