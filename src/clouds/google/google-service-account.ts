import { createPrivateKey } from 'node:crypto';
import { JWT } from 'google-auth-library';
import { endAfter, type GoogleContext } from './google-context.ts';
import type { ServiceAccountJson } from './google-credentials-json.ts';
import { blamesClock, googleCredentialProblem, googleFailure } from './google-failure.ts';
import { googleRefusal } from './google-refusal.ts';
import { GOOGLE_SCOPES } from './google-scopes.ts';
import type { GoogleIdentity } from './google-token.ts';
import { DEFAULT_UNIVERSE } from './google-universe.ts';

const LIVES_LONG =
  "A service account key lives until someone deletes it: use GKE's workload identity, workload identity federation or impersonation instead.";

const checkKey = ({ private_key: key }: ServiceAccountJson, where: string): void => {
  try {
    createPrivateKey(key);
  } catch {
    throw googleCredentialProblem(
      `The private_key of ${where} is not an unencrypted PEM private key.`,
      'Write the file again as Google gave it out.',
    );
  }
};

/** By the key of a service account: an assertion that it signs. Source: RFC 7523; AIP-4112. */
export const fromServiceAccount = async (
  json: ServiceAccountJson,
  where: string,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  const { client_email: email, private_key_id: keyId } = json;
  const source = `the service account key in ${where}`;
  if (
    context.universe !== DEFAULT_UNIVERSE ||
    (json.universe_domain ?? DEFAULT_UNIVERSE) !== DEFAULT_UNIVERSE
  )
    throw googleCredentialProblem(
      `The service account key in ${where} can't be used outside of ${DEFAULT_UNIVERSE}, because Firebreak asks ${DEFAULT_UNIVERSE} for its tokens.`,
      'Use workload identity federation or the identity of the machine there.',
    );
  checkKey(json, where);
  const client = new JWT({
    email,
    key: json.private_key,
    ...(keyId === undefined ? {} : { keyId }),
    scopes: [...GOOGLE_SCOPES],
    transporter: context.transport.gaxios,
  });
  try {
    const { access_token: text, expiry_date: end } = await client.authorize();
    if (typeof text !== 'string' || typeof end !== 'number') throw new TypeError('no token');
    // The library counts from the system's time.
    const endsAt = endAfter(context, (end - Date.now()) / 1_000);
    return { token: { text, endsAt }, source, email, warnings: [LIVES_LONG] };
  } catch (error) {
    const refusal = googleRefusal(error);
    if (refusal.word === 'invalid_grant' && !blamesClock(refusal))
      throw googleCredentialProblem(
        refusal.says(/account not found|account has been deleted/iu)
          ? `Google does not know the service account ${email} of ${where}.`
          : `Google did not accept the key of the service account ${email} in ${where}: it was deleted or disabled, or belongs to another account.`,
        'Give Firebreak the credentials of an account that exists, best without any key.',
        refusal,
      );
    throw googleFailure(refusal, { call: `a token of ${email}`, source, skewMs: context.transport.skewMs });
  }
};
