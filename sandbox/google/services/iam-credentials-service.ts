import { z } from 'zod';
import type { GoogleAccounts } from '../account/google-accounts.ts';
import { bearerOf, type GoogleAnswer, type GoogleCall, type GoogleService } from '../http/google-call.ts';
import { apiError } from '../http/google-errors.ts';

const PATH = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/u;
const LONGEST_SECONDS = 3_600;
const CLOUD_SCOPES: ReadonlySet<string> = new Set([
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/iam',
]);
const bodySchema = z.looseObject({
  // JSON's null is the default of a field, as in every Google API.
  delegates: z
    .array(z.string())
    .nullish()
    .transform((delegates) => delegates ?? []),
  scope: z.array(z.string()).min(1),
  lifetime: z
    .string()
    .regex(/^\d+s$/u)
    .default('3600s'),
});

/** iamcredentials.googleapis.com: generateAccessToken. Source: IAM Service Account Credentials API reference. */
export class IamCredentialsService implements GoogleService {
  readonly #accounts: GoogleAccounts;

  constructor(accounts: GoogleAccounts) {
    this.#accounts = accounts;
  }

  actionOf(): string {
    return 'iam.generateAccessToken';
  }

  answer(call: GoogleCall): GoogleAnswer {
    const target = decodeURIComponent(PATH.exec(decodeURIComponent(call.url.pathname))?.[1] ?? '');
    if (call.method !== 'POST' || target === '') return apiError('NOT_FOUND', 'Method not found.');
    const caller = this.#accounts.token(bearerOf(call));
    if (caller === undefined)
      return apiError('UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    if (!caller.scopes.some((scope) => CLOUD_SCOPES.has(scope)))
      return apiError(
        'PERMISSION_DENIED',
        'Request had insufficient authentication scopes.',
        'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      );
    const parsed = bodySchema.safeParse(JSON.parse(call.body));
    if (!parsed.success) return apiError('INVALID_ARGUMENT', 'Request contains an invalid argument.');
    const seconds = Number(parsed.data.lifetime.slice(0, -1));
    if (seconds > LONGEST_SECONDS)
      return apiError('INVALID_ARGUMENT', 'The token lifetime cannot exceed 3600s.');
    const delegates = parsed.data.delegates.map((name) =>
      name.replace(/^projects\/-\/serviceAccounts\//u, ''),
    );
    if (parsed.data.delegates.some((name) => !name.startsWith('projects/-/serviceAccounts/')))
      return apiError('INVALID_ARGUMENT', 'Invalid form of delegate.');
    const account = this.#accounts.account(target);
    const hops = [caller.principal, ...delegates, target];
    const isAllowed = hops.slice(1).every((hop, at) => this.#accounts.mayImpersonate(hops[at] ?? '', hop));
    if (account === undefined || !isAllowed)
      return apiError(
        'PERMISSION_DENIED',
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        'IAM_PERMISSION_DENIED',
      );
    const token = this.#accounts.issue(
      {
        principal: account.email,
        uniqueId: account.uniqueId,
        kind: 'service account',
        scopes: parsed.data.scope,
      },
      seconds,
    );
    const expireTime = new Date(token.expiresAt).toISOString().replace(/\.\d+Z$/u, 'Z');
    return { status: 200, body: { accessToken: token.text, expireTime } };
  }
}
