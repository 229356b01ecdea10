import { createVerify } from 'node:crypto';
import { z } from 'zod';
import type { GoogleAccounts, IssuedToken } from '../account/google-accounts.ts';
import type { GoogleClock } from '../clock.ts';
import { bearerOf, type GoogleAnswer, type GoogleCall, type GoogleService } from '../http/google-call.ts';
import { oauthError } from '../http/google-errors.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const AUDIENCES: ReadonlySet<string> = new Set([
  'https://oauth2.googleapis.com/token',
  'https://accounts.google.com/o/oauth2/token',
  'https://www.googleapis.com/oauth2/v4/token',
]);
const TOKEN_SECONDS = 3_599;
const LONGEST_ASSERTION_SECONDS = 3_600;
const TOLERATED_SKEW_SECONDS = 300;
/** What `gcloud auth application-default login` asks a person for. */
const LOGIN_SCOPES = [
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/cloud-platform',
];

const headerSchema = z.looseObject({ alg: z.string() });
const claimsSchema = z.looseObject({
  iss: z.string(),
  scope: z.string().default(''),
  aud: z.string(),
  iat: z.number(),
  exp: z.number(),
});

const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

/**
 * oauth2.googleapis.com: tokens for a service account's assertion and for a person's refresh token, and tokeninfo.
 * Sources: RFC 7523; "Using OAuth 2.0 for Server to Server Applications".
 */
export class OauthService implements GoogleService {
  readonly #accounts: GoogleAccounts;
  readonly #clock: GoogleClock;

  constructor(accounts: GoogleAccounts, clock: GoogleClock) {
    this.#accounts = accounts;
    this.#clock = clock;
  }

  actionOf({ url }: GoogleCall): string {
    return url.pathname === '/tokeninfo' ? 'oauth2.tokeninfo' : 'oauth2.token';
  }

  answer(call: GoogleCall): GoogleAnswer {
    const { method, url, body } = call;
    const form = new URLSearchParams(body);
    if (url.pathname === '/tokeninfo')
      return this.#tokenInfo(
        form.get('access_token') ?? url.searchParams.get('access_token') ?? bearerOf(call),
      );
    if (method !== 'POST' || url.pathname !== '/token')
      return oauthError('invalid_request', 'Not found.', 404);
    switch (form.get('grant_type') ?? '') {
      case JWT_BEARER:
        return this.#byAssertion(form.get('assertion') ?? '');
      case 'refresh_token':
        return this.#byRefreshToken(form.get('refresh_token') ?? '');
      default:
        return oauthError('unsupported_grant_type', 'Invalid grant_type.');
    }
  }

  #byAssertion(assertion: string): GoogleAnswer {
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    let claims: z.infer<typeof claimsSchema>;
    try {
      if (headerSchema.parse(decoded(header)).alg !== 'RS256') throw new TypeError('not RS256');
      claims = claimsSchema.parse(decoded(payload));
    } catch {
      return oauthError('invalid_request', 'Invalid JWT.');
    }
    const { iss, scope, aud, iat, exp } = claims;
    const account = this.#accounts.account(iss);
    const now = this.#clock.now().getTime() / 1_000;
    if (!AUDIENCES.has(aud)) return oauthError('invalid_grant', 'Invalid JWT: Failed audience check.');
    if (account === undefined) return oauthError('invalid_grant', 'Invalid grant: account not found');
    if (
      exp - iat > LONGEST_ASSERTION_SECONDS ||
      iat > now + TOLERATED_SKEW_SECONDS ||
      exp < now - TOLERATED_SKEW_SECONDS
    )
      return oauthError(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    const key = this.#accounts.key(iss);
    const signed = createVerify('RSA-SHA256').update(`${header}.${payload}`);
    if (key === undefined || !signed.verify(key.publicKeyPem, signature, 'base64url'))
      return oauthError('invalid_grant', 'Invalid JWT Signature.');
    if (scope === '') return oauthError('invalid_scope', 'Empty or missing scope not allowed.');
    return this.#given({
      principal: account.email,
      uniqueId: account.uniqueId,
      kind: 'service account',
      scopes: scope.split(' '),
    });
  }

  #byRefreshToken(refreshToken: string): GoogleAnswer {
    const login = this.#accounts.login(refreshToken);
    if (login === undefined) return oauthError('invalid_grant', 'Token has been expired or revoked.');
    const { email, uniqueId } = login;
    return this.#given({ principal: email, uniqueId, kind: 'person', scopes: LOGIN_SCOPES });
  }

  #given(init: Omit<IssuedToken, 'text' | 'expiresAt'>): GoogleAnswer {
    const { text, scopes } = this.#accounts.issue(init, TOKEN_SECONDS);
    return {
      status: 200,
      body: {
        access_token: text,
        expires_in: TOKEN_SECONDS,
        token_type: 'Bearer',
        ...(init.kind === 'person' ? { scope: scopes.join(' ') } : {}),
      },
    };
  }

  #tokenInfo(text: string): GoogleAnswer {
    const token = this.#accounts.token(text);
    if (token === undefined || token.kind === 'federated')
      return oauthError('invalid_token', 'Invalid Value');
    const hasEmail = token.scopes.some((scope) => scope.endsWith('/userinfo.email'));
    return {
      status: 200,
      body: {
        azp: token.uniqueId,
        aud: token.uniqueId,
        ...(hasEmail ? { email: token.principal, email_verified: 'true', sub: token.uniqueId } : {}),
        scope: token.scopes.join(' '),
        expires_in: String(Math.round((token.expiresAt - this.#clock.now().getTime()) / 1_000)),
        access_type: 'online',
      },
    };
  }
}
