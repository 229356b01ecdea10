import { z } from 'zod';
import { endAfter, type GoogleContext } from './google-context.ts';
import type { ExternalAccountJson } from './google-credentials-json.ts';
import { googleCredentialProblem, googleFailure } from './google-failure.ts';
import { impersonate } from './google-impersonation.ts';
import { googleRefusal } from './google-refusal.ts';
import { GOOGLE_SCOPES } from './google-scopes.ts';
import { googleSubjectToken } from './google-subject-token.ts';
import type { GoogleIdentity } from './google-token.ts';

const answerSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().default(3_600) });

/** The service account that a configuration's URL names. */
export const impersonatedEmail = (url: string, where: string): string => {
  const email = /\/serviceAccounts\/([^/:]+):generateAccessToken$/u.exec(new URL(url).pathname)?.[1];
  if (email === undefined)
    throw googleCredentialProblem(
      `The service_account_impersonation_url of ${where} names no service account.`,
      'It ends in `serviceAccounts/<e-mail>:generateAccessToken`.',
    );
  return decodeURIComponent(email);
};

const checkTokenUrl = ({ token_url: url }: ExternalAccountJson, where: string, universe: string): void => {
  const { hostname } = new URL(url);
  if (!hostname.endsWith(`.${universe}`))
    throw googleCredentialProblem(
      `The token_url of ${where} leads to ${hostname}, which is not Google's: it would be given the token.`,
      `It is \`https://sts.${universe}/v1/token\`.`,
    );
};

const exchange = async (
  json: ExternalAccountJson,
  where: string,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  checkTokenUrl(json, where, context.universe);
  const subject = await googleSubjectToken(json, where, context);
  const source = `workload identity federation in ${where}, by ${subject.from}`;
  const { client_id: id, client_secret: secret = '', workforce_pool_user_project: project } = json;
  try {
    const { body } = await context.transport.send({
      method: 'POST',
      url: json.token_url,
      headers:
        id === undefined
          ? {}
          : { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: json.audience,
        scope: GOOGLE_SCOPES.join(' '),
        subject_token: subject.text,
        subject_token_type: json.subject_token_type,
        ...(project === undefined ? {} : { options: JSON.stringify({ userProject: project }) }),
      },
    });
    const { access_token: text, expires_in: seconds } = answerSchema.parse(body);
    return { token: { text, endsAt: endAfter(context, seconds) }, source, warnings: [] };
  } catch (error) {
    const refusal = googleRefusal(error);
    if (['invalid_grant', 'invalid_target', 'invalid_request', 'unauthorized_client'].includes(refusal.word))
      throw googleCredentialProblem(
        refusal.says(/attribute condition/iu)
          ? `The attribute condition of the workload identity provider refuses the token from ${subject.from}.`
          : `Google did not accept the token from ${subject.from} for ${json.audience} (${refusal.word}).`,
        "Check that the pool's provider exists, is enabled and takes this issuer, audience and subject, and that the token has not expired.",
        refusal,
      );
    throw googleFailure(refusal, {
      call: 'the token exchange of sts',
      source,
      skewMs: context.transport.skewMs,
    });
  }
};

/**
 * Workload identity federation: another provider's token for one of Google's, and with it, where the file says so, a
 * service account's. Sources: RFC 8693; AIP-4117.
 */
export const fromExternalAccount = async (
  json: ExternalAccountJson,
  where: string,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  const federated = await exchange(json, where, context);
  const url = json.service_account_impersonation_url;
  return url === undefined
    ? federated
    : impersonate(federated, { target: impersonatedEmail(url, where), delegates: [] }, context);
};
