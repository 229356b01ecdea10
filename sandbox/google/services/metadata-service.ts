import type { GoogleAccounts, ServiceAccount } from '../account/google-accounts.ts';
import type { GoogleAnswer, GoogleCall, GoogleService } from '../http/google-call.ts';

const BASE = '/computeMetadata/v1/instance/service-accounts/default/';
const TOKEN_SECONDS = 3_599;
const FLAVOR = { 'metadata-flavor': 'Google' } as const;

/** What a machine or a pod asks for its own service account. Source: Compute Engine documentation, VM metadata. */
export class MetadataService implements GoogleService {
  readonly #accounts: GoogleAccounts;
  #account: ServiceAccount | undefined;
  #scopes: readonly string[] | 'as asked' = 'as asked';
  /** `POOL.svc.id.goog`, where a pod's service account has no Google one. */
  #pool: string | undefined;

  constructor(accounts: GoogleAccounts) {
    this.#accounts = accounts;
  }

  /** The machine's account. With `scopes`, tokens have these and no others, as a node with narrow access scopes. */
  setAccount(account: ServiceAccount | undefined, scopes: readonly string[] | 'as asked' = 'as asked'): void {
    this.#account = account;
    this.#scopes = scopes;
    this.#pool = undefined;
  }

  /** A pod whose service account is itself the principal. */
  setPool(pool: string): void {
    this.#account = undefined;
    this.#pool = pool;
  }

  actionOf({ url }: GoogleCall): string {
    return url.pathname.endsWith('/token') ? 'metadata.token' : 'metadata';
  }

  answer({ url, headers }: GoogleCall): GoogleAnswer {
    if (headers['metadata-flavor'] !== 'Google')
      return { status: 403, headers: FLAVOR, body: 'Missing required header "Metadata-Flavor": "Google"' };
    const email = this.#pool ?? this.#account?.email;
    // What clients look for first, to tell whether this is a metadata server.
    if (url.pathname === '/' || url.pathname === '/computeMetadata/v1/instance/')
      return { status: 200, headers: FLAVOR, body: 'service-accounts/\n' };
    if (email === undefined || !url.pathname.startsWith(BASE))
      return { status: 404, headers: FLAVOR, body: 'not found' };
    switch (url.pathname.slice(BASE.length)) {
      case 'email':
        return { status: 200, headers: FLAVOR, body: email };
      case 'token':
        return this.#token(url.searchParams.get('scopes') ?? '');
      default:
        return { status: 404, headers: FLAVOR, body: 'not found' };
    }
  }

  #token(asked: string): GoogleAnswer {
    const scopes = this.#scopes === 'as asked' ? asked.split(',') : this.#scopes;
    const { text } = this.#accounts.issue(
      this.#pool === undefined
        ? {
            principal: this.#account?.email ?? '',
            uniqueId: this.#account?.uniqueId ?? '',
            kind: 'service account',
            scopes,
          }
        : {
            principal: `principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/${this.#pool}/subject/ns/firebreak/sa/firebreak`,
            uniqueId: '',
            kind: 'federated',
            scopes,
          },
      TOKEN_SECONDS,
    );
    return {
      status: 200,
      headers: FLAVOR,
      body: { access_token: text, expires_in: TOKEN_SECONDS, token_type: 'Bearer' },
    };
  }
}
