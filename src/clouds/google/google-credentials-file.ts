import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { GoogleContext } from './google-context.ts';
import {
  type GoogleCredentialsJson,
  googleCredentialsSchema,
  type ImpersonatedJson,
} from './google-credentials-json.ts';
import { fromExternalAccount, impersonatedEmail } from './google-external-account.ts';
import { googleCredentialProblem } from './google-failure.ts';
import { impersonate } from './google-impersonation.ts';
import { fromServiceAccount } from './google-service-account.ts';
import type { GoogleIdentity } from './google-token.ts';
import { fromUser } from './google-user.ts';

/** Kinds that Google's own clients know and Firebreak does not take, with what to use instead. */
const REFUSED: Readonly<Record<string, string>> = {
  external_account_authorized_user:
    "It is a person's login by a workforce pool: give Firebreak a service account, or workload identity federation.",
  gdch_service_account: 'Google Distributed Cloud is reached by `provider: kubeconfig`.',
};
const typeSchema = z.looseObject({ type: z.string() });

const parse = (text: string, where: string): GoogleCredentialsJson => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message quotes the file.
    throw googleCredentialProblem(`${where} is not JSON.`, 'Name a credentials file of Google there.');
  }
  const { type } = typeSchema.safeParse(json).data ?? { type: 'unknown' };
  const refused = REFUSED[type];
  if (refused !== undefined)
    throw googleCredentialProblem(`${where} holds credentials of the type ${type}.`, refused);
  const parsed = googleCredentialsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const keys = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].join(', ');
  throw googleCredentialProblem(
    `${where} is no credentials file of Google: ${keys} is missing or not as expected.`,
    'Name a file with credentials of the type service_account, authorized_user, external_account or impersonated_service_account.',
  );
};

const fromImpersonated = async (
  json: ImpersonatedJson,
  where: string,
  context: GoogleContext,
): Promise<GoogleIdentity> =>
  impersonate(
    await fromJson(json.source_credentials, where, context),
    {
      target: impersonatedEmail(json.service_account_impersonation_url, where),
      // Files have them as e-mails, and as resource names.
      delegates: json.delegates.map((delegate) => delegate.replace(/^projects\/-\/serviceAccounts\//u, '')),
    },
    context,
  );

const fromJson = (
  json: GoogleCredentialsJson,
  where: string,
  context: GoogleContext,
): Promise<GoogleIdentity> => {
  switch (json.type) {
    case 'service_account':
      return fromServiceAccount(json, where, context);
    case 'authorized_user':
      return fromUser(json, where, context);
    case 'external_account':
      return fromExternalAccount(json, where, context);
    case 'impersonated_service_account':
      return fromImpersonated(json, where, context);
  }
};

/**
 * By a credentials file, which is read each time: it may have been replaced. `named` says what leads to it, for people;
 * without it, a file that does not exist gives undefined. Throws `cluster-credentials`.
 */
export const fromCredentialsFile = async (
  path: string,
  named: string | undefined,
  context: GoogleContext,
): Promise<GoogleIdentity | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && named === undefined) return undefined;
    throw googleCredentialProblem(
      `The Google credentials ${path}${named === undefined ? '' : ` (${named})`} can't be read.`,
      'Check that the file is there, and that Firebreak may read it.',
      error,
    );
  }
  return fromJson(parse(text, path), path, context);
};
