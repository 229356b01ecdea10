import { z } from 'zod';
import { endAfter, type GoogleContext } from './google-context.ts';
import { googleCredentialProblem, googleFailure, lacksPermission } from './google-failure.ts';
import { googleRefusal } from './google-refusal.ts';
import { GOOGLE_SCOPES } from './google-scopes.ts';
import type { GoogleIdentity } from './google-token.ts';

const LIFETIME_SECONDS = 3_600;
const answerSchema = z.object({ accessToken: z.string().min(1), expireTime: z.iso.datetime() });

export interface Impersonation {
  /** E-mail of the service account. */
  readonly target: string;
  /** E-mails, from the first that is impersonated to the last. */
  readonly delegates: readonly string[];
}

const principal = (email: string): string => `projects/-/serviceAccounts/${email}`;

const problem = (
  error: unknown,
  { target, delegates }: Impersonation,
  from: GoogleIdentity,
  context: GoogleContext,
): Error => {
  const refusal = googleRefusal(error);
  const who = from.email ?? `The identity from ${from.source}`;
  if (refusal.reason === 'SERVICE_DISABLED')
    return googleCredentialProblem(
      'The IAM Service Account Credentials API is not enabled in the project of the credentials.',
      'Enable it by `gcloud services enable iamcredentials.googleapis.com`, and ask again after some minutes.',
      refusal,
    );
  if (lacksPermission(refusal))
    return googleCredentialProblem(
      `${who} lacks the permission iam.serviceAccounts.getAccessToken on the service account ${target}.`,
      delegates.length === 0
        ? `Grant it by \`gcloud iam service-accounts add-iam-policy-binding ${target} --role=roles/iam.serviceAccountTokenCreator --member=${from.email === undefined ? '<member>' : `serviceAccount:${from.email}`}\`.`
        : `Grant roles/iam.serviceAccountTokenCreator to each account of delegates (${delegates.join(', ')}) on the next one, and to the first one's caller on it.`,
      refusal,
    );
  if (refusal.status === 404)
    return googleCredentialProblem(
      `There is no service account ${target} to impersonate.`,
      'Check impersonate and delegates in the configuration.',
      refusal,
    );
  return googleFailure(refusal, {
    call: `generateAccessToken of ${target}`,
    source: from.source,
    skewMs: context.transport.skewMs,
  });
};

/** A token of another service account, for an hour. Source: IAM Service Account Credentials API, generateAccessToken. */
export const impersonate = async (
  from: GoogleIdentity,
  wanted: Impersonation,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  try {
    const { body, headers } = await context.transport.send({
      method: 'POST',
      url: `https://iamcredentials.${context.universe}/v1/${principal(encodeURIComponent(wanted.target))}:generateAccessToken`,
      headers: { authorization: `Bearer ${from.token.text}` },
      json: {
        delegates: wanted.delegates.map(principal),
        scope: GOOGLE_SCOPES,
        lifetime: `${LIFETIME_SECONDS}s`,
      },
    });
    const { accessToken: text, expireTime } = answerSchema.parse(body);
    // Both by Google's clock, which ours may not agree with.
    const seconds = (Date.parse(expireTime) - Date.parse(headers.get('date') ?? '')) / 1_000;
    return {
      token: { text, endsAt: endAfter(context, Number.isNaN(seconds) ? LIFETIME_SECONDS : seconds) },
      source: `${wanted.target}, impersonated by ${from.source}`,
      email: wanted.target,
      warnings: from.warnings,
    };
  } catch (error) {
    throw problem(error, wanted, from, context);
  }
};
