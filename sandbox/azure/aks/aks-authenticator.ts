import type { EntraTenant } from '../entra/entra-tenant.ts';

/**
 * What stands before the API server of a cluster with Entra integration: it takes tokens that its tenant signed for the
 * AKS server app, and knows a service principal or managed identity by its object id.
 * Source: AKS documentation, managed Entra integration.
 */
export class AksAuthenticator {
  readonly #tenant: EntraTenant;
  readonly #serverApp: string;
  readonly #users = new Map<string, string>();
  #takes: 'its tenant' | 'none' = 'its tenant';

  constructor(tenant: EntraTenant, serverApp: string) {
    this.#tenant = tenant;
    this.#serverApp = serverApp;
  }

  /** A binding whose subject is this object id: who has it acts as that user of the stand-in cluster. */
  bind(objectId: string, user: string): void {
    this.#users.set(objectId, user);
  }

  /** As a cluster of another tenant: no token of this one is good there. */
  takeNone(): void {
    this.#takes = 'none';
  }

  /** The object id that a token is for; `undefined` for one that the cluster does not take. */
  objectIdOf(token: string): string | undefined {
    return this.#takes === 'none' ? undefined : this.#tenant.verify(token, this.#serverApp)?.oid;
  }

  /** For a server that only wants to know whom a token is for: without a binding it is its object id, with no rights. */
  userOf(token: string): string | undefined {
    const objectId = this.objectIdOf(token);
    return objectId === undefined ? undefined : (this.#users.get(objectId) ?? objectId);
  }
}
