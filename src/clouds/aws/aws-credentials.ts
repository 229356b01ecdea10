import { Kept } from '../access/kept.ts';
import type { SourcedIdentity } from './aws-credential-source.ts';
import type { AwsIdentity } from './aws-identity.ts';
import type { AwsRequestHandler } from './aws-request-handler.ts';
import type { AwsSurroundings } from './aws-surroundings.ts';

export interface AwsCredentialsInit extends AwsSurroundings {
  /** Whose STS is asked for roles. */
  readonly region: string;
  /** A profile of AWS's shared config files: then the only source. */
  readonly profile?: string | undefined;
  /** Assumed with what the chain finds. */
  readonly role?:
    | { readonly arn: string; readonly externalId?: string | undefined; readonly sessionName: string }
    | undefined;
}

export interface AwsCredentials {
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

/**
 * The explicit chain: environment, profile (keys, role, web identity, SSO), service account's role (IRSA), Pod
 * Identity, instance profile; then a role. Nothing of the SDK is loaded before the first call.
 */
export const awsCredentials = (init: AwsCredentialsInit): AwsCredentials => {
  let making: Promise<AwsRequestHandler> | undefined;

  const handler = (): Promise<AwsRequestHandler> => {
    making ??= import('./aws-request-handler.ts').then((module) => new module.AwsRequestHandler(init));
    return making;
  };
  const fetch = async (): Promise<SourcedIdentity> => {
    const { findAwsIdentity } = await import('./aws-credential-chain.ts');
    const found = await findAwsIdentity({ init, handler: await handler() });
    if (init.role === undefined) return found;
    const { assumeRole } = await import('./aws-role.ts');
    const identity = await assumeRole(found.identity, init.role, {
      region: init.region,
      handler: await handler(),
      surroundings: init,
      source: found.source,
    });
    return { identity, source: `the role ${init.role.arn}, by ${found.source}` };
  };
  const kept = new Kept<SourcedIdentity>({
    clock: init.clock,
    renewBeforeEndMs: RENEW_BEFORE_END_MS,
    uselessBeforeEndMs: USELESS_BEFORE_END_MS,
    fetch: async () => {
      const value = await fetch();
      return { value, endsAt: value.identity.expiration };
    },
  });

  return {
    handler,
    source: () => kept.last?.source,
    forget: () => kept.forget(),
    provide: async () => (await kept.get()).identity,
  };
};
