import { Kept } from '../access/kept.ts';
import type { GoogleContext } from './google-context.ts';
import type { Impersonation } from './google-impersonation.ts';
import type { GoogleSurroundings } from './google-surroundings.ts';
import type { GoogleIdentity } from './google-token.ts';
import { googleUniverse } from './google-universe.ts';

export interface GoogleCredentialsInit extends GoogleSurroundings {
  /** Path of a credentials file: then the only source. */
  readonly file?: string | undefined;
  /** Impersonated with what the chain finds. */
  readonly impersonation?: Impersonation | undefined;
}

export interface GoogleCredentials {
  /**
   * A token that is kept until minutes before it ends, and whose it is; callers at the same time share one fetch. Throws
   * `cluster-credentials`, `cluster-unreachable`, `cluster-throttled`, `cluster-answer`.
   */
  readonly provide: () => Promise<GoogleIdentity>;
  /** Makes the next call fetch anew: the kept token was refused. */
  readonly forget: () => void;
  /** The last one; undefined before the first. */
  readonly last: () => GoogleIdentity | undefined;
  /** Sends the calls to Google's APIs, through the environment's proxy. */
  readonly context: () => Promise<GoogleContext>;
}

/** A metadata server hands out the same token until about four minutes before its end. Source: golang.org/x/oauth2/google. */
const RENEW_BEFORE_END_MS = 225_000;
const USELESS_BEFORE_END_MS = 60_000;

/**
 * The explicit chain: the file of the configuration or of GOOGLE_APPLICATION_CREDENTIALS, gcloud's own, the metadata
 * server; then impersonation. Nothing of Google's library is loaded before the first call.
 */
export const googleCredentials = (init: GoogleCredentialsInit): GoogleCredentials => {
  let making: Promise<GoogleContext> | undefined;

  const context = (): Promise<GoogleContext> => {
    making ??= import('./google-transport.ts').then(({ GoogleTransport }) => ({
      surroundings: init,
      transport: new GoogleTransport(init),
      universe: googleUniverse(init),
    }));
    return making;
  };
  const fetch = async (): Promise<GoogleIdentity> => {
    const { findGoogleIdentity } = await import('./google-credential-chain.ts');
    const found = await findGoogleIdentity(init.file, await context());
    if (init.impersonation === undefined) return found;
    const { impersonate } = await import('./google-impersonation.ts');
    return impersonate(found, init.impersonation, await context());
  };
  const kept = new Kept<GoogleIdentity>({
    clock: init.clock,
    renewBeforeEndMs: RENEW_BEFORE_END_MS,
    uselessBeforeEndMs: USELESS_BEFORE_END_MS,
    fetch: async () => {
      const value = await fetch();
      return { value, endsAt: value.token.endsAt };
    },
  });

  return { context, provide: () => kept.get(), forget: () => kept.forget(), last: () => kept.last };
};
