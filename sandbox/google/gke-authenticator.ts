import type { GoogleAccounts } from './account/google-accounts.ts';

/**
 * What stands before a GKE API server: says whom an access token is for. An account is known by its e-mail when the token
 * has the scope userinfo.email, and by its numeric id when it has not. Source: gke-gcloud-auth-plugin; GKE documentation.
 */
export class GkeAuthenticator {
  readonly #accounts: GoogleAccounts;
  readonly #users = new Map<string, string>();

  constructor(accounts: GoogleAccounts) {
    this.#accounts = accounts;
  }

  /** Whoever has this name (an e-mail, a numeric id, a `principal://…`) is that user of the stand-in cluster. */
  bind(name: string, user: string): void {
    this.#users.set(name, user);
  }

  /** As Kubernetes names whom the token is for; undefined where it is for nobody. */
  nameOf(token: string): string | undefined {
    const found = this.#accounts.token(token);
    if (found === undefined) return undefined;
    const byEmail = found.scopes.some((scope) => scope.endsWith('/userinfo.email') || scope === 'email');
    return found.kind === 'federated' || byEmail ? found.principal : found.uniqueId;
  }

  /** For which user of the stand-in cluster a token is. */
  userOf(token: string): string | undefined {
    const name = this.nameOf(token);
    return name === undefined ? undefined : this.#users.get(name);
  }
}
