import { UserRefreshClient } from 'google-auth-library';
import { endAfter, type GoogleContext } from './google-context.ts';
import type { UserJson } from './google-credentials-json.ts';
import { googleCredentialProblem, googleFailure } from './google-failure.ts';
import { googleRefusal } from './google-refusal.ts';
import type { GoogleIdentity } from './google-token.ts';

const A_PERSON =
  "These are a person's own credentials, and Google's audit logs will name that person: give Firebreak a service account.";

/** A person's login by `gcloud auth application-default login`. Its scopes are those that were asked for then. */
export const fromUser = async (
  json: UserJson,
  where: string,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  const source = `a person's login in ${where}`;
  const client = new UserRefreshClient({
    clientId: json.client_id,
    clientSecret: json.client_secret,
    refreshToken: json.refresh_token,
    transporter: context.transport.gaxios,
  });
  try {
    const { credentials } = await client.refreshAccessToken();
    const { access_token: text, expiry_date: end } = credentials;
    if (typeof text !== 'string' || typeof end !== 'number') throw new TypeError('no token');
    const endsAt = endAfter(context, (end - Date.now()) / 1_000);
    return { token: { text, endsAt }, source, warnings: [A_PERSON] };
  } catch (error) {
    const refusal = googleRefusal(error);
    if (['invalid_grant', 'invalid_client', 'unauthorized_client', 'deleted_client'].includes(refusal.word))
      throw googleCredentialProblem(
        `The login in ${where} has ended or was revoked (${refusal.word}).`,
        'Give Firebreak a service account, or log in again by `gcloud auth application-default login`.',
        refusal,
      );
    throw googleFailure(refusal, { call: "a token of a person's login", source, skewMs: undefined });
  }
};
