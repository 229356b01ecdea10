import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AwsAccount } from '../../aws/account/aws-account.ts';
import { verifySignatureV4 } from '../../aws/signature-v4.ts';
import type { GoogleAccounts } from '../account/google-accounts.ts';
import type { GoogleClock } from '../clock.ts';
import type { GoogleAnswer, GoogleCall, GoogleService } from '../http/google-call.ts';
import { oauthError } from '../http/google-errors.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const AWS4 = 'urn:ietf:params:aws:token-type:aws4_request';
const TOKEN_SECONDS = 3_599;
const AWS_SKEW_MS = 5 * 60_000;

export interface FederationProvider {
  /** `//iam.googleapis.com/projects/…/providers/…`. */
  readonly audience: string;
  /** Whom this provider knows, by their tokens. */
  readonly subjects: Map<string, { readonly subject: string; readonly expiresAt: number }>;
  /** Only these subjects pass the attribute condition; everyone when left out. */
  readonly condition?: readonly string[];
  /** An AWS account that it trusts. */
  readonly aws?: AwsAccount;
}

const signedSchema = z.object({
  url: z.url(),
  method: z.literal('POST'),
  headers: z.array(z.object({ key: z.string(), value: z.string() })),
});
/** sts.googleapis.com: the token exchange of workload identity federation. Sources: RFC 8693; Security Token Service API. */
export class GoogleStsService implements GoogleService {
  readonly #accounts: GoogleAccounts;
  readonly #clock: GoogleClock;
  readonly #providers = new Map<string, FederationProvider>();

  constructor(accounts: GoogleAccounts, clock: GoogleClock) {
    this.#accounts = accounts;
    this.#clock = clock;
  }

  addProvider(provider: FederationProvider): void {
    this.#providers.set(provider.audience, provider);
  }

  actionOf(): string {
    return 'sts.token';
  }

  answer({ method, url, body }: GoogleCall): GoogleAnswer {
    if (method !== 'POST' || url.pathname !== '/v1/token')
      return oauthError('invalid_request', 'Not found.', 404);
    const form = new URLSearchParams(body);
    if (form.get('grant_type') !== EXCHANGE || form.get('requested_token_type') !== ACCESS_TOKEN)
      return oauthError('invalid_request', 'Invalid value for "grantType" or "requestedTokenType".');
    const provider = this.#providers.get(form.get('audience') ?? '');
    if (provider === undefined)
      return oauthError(
        'invalid_target',
        'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      );
    const subject = this.#subjectOf(provider, form);
    if (subject === undefined)
      return oauthError('invalid_grant', 'The subject token could not be verified or has expired.');
    if (provider.condition !== undefined && !provider.condition.includes(subject))
      return oauthError(
        'unauthorized_client',
        'The given credential is rejected by the attribute condition.',
      );
    const pool = provider.audience.replace(/^\/\//u, '').replace(/\/providers\/[^/]+$/u, '');
    const { text } = this.#accounts.issue(
      {
        principal: `principal://${pool}/subject/${subject}`,
        uniqueId: '',
        kind: 'federated',
        scopes: (form.get('scope') ?? '').split(' '),
      },
      TOKEN_SECONDS,
    );
    return {
      status: 200,
      body: {
        access_token: text,
        issued_token_type: ACCESS_TOKEN,
        token_type: 'Bearer',
        expires_in: TOKEN_SECONDS,
      },
    };
  }

  #subjectOf(provider: FederationProvider, form: URLSearchParams): string | undefined {
    const token = form.get('subject_token') ?? '';
    switch (form.get('subject_token_type') ?? '') {
      case JWT: {
        const known = provider.subjects.get(token);
        return known === undefined || known.expiresAt < this.#clock.now().getTime()
          ? undefined
          : known.subject;
      }
      case AWS4:
        return awsCaller(provider, token, this.#clock.now());
      default:
        return undefined;
    }
  }
}

/**
 * A signed GetCallerIdentity, judged as AWS's STS judges it. Which audience it is for stands beside what was signed.
 * Source: AIP-4117, "AWS".
 */
const awsCaller = ({ aws, audience }: FederationProvider, token: string, now: Date): string | undefined => {
  if (aws === undefined) return undefined;
  const { url, method, headers } = signedSchema.parse(JSON.parse(decodeURIComponent(token)));
  const sent = Object.fromEntries(headers.map(({ key, value }) => [key.toLowerCase(), value]));
  const { hostname, pathname, search, searchParams } = new URL(url);
  if (
    sent['x-goog-cloud-target-resource'] !== audience ||
    !/^sts(?:\.[a-z0-9-]+)?\.amazonaws\.com$/u.test(hostname) ||
    searchParams.get('Action') !== 'GetCallerIdentity'
  )
    return undefined;
  const verdict = verifySignatureV4(
    {
      method,
      target: `${pathname}${search}`,
      headers: { ...sent, host: hostname },
      payloadHash: createHash('sha256').digest('hex'),
    },
    {
      service: 'sts',
      now,
      accessKey: (id) => aws.accessKey(id),
      pathRule: 'normalised and encoded twice',
      maxSkewMs: AWS_SKEW_MS,
    },
  );
  return verdict.kind === 'refused' ? undefined : aws.key(verdict.accessKeyId)?.arn;
};
