import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AzureAnswer, writeAnswer } from '../azure-answer.ts';
import type { EntraTenant, Principal } from '../entra/entra-tenant.ts';
import { type ActionInit, serveAction } from '../serve-action.ts';

/** Microsoft's own library ends it with a slash where it is told another host. */
const TOKEN_PATH = /^\/metadata\/identity\/oauth2\/token\/?$/u;

/**
 * A machine's metadata service: tokens of its managed identities. On a machine it is at 169.254.169.254; here on 127.0.0.1.
 * Source: Microsoft Learn, "How to use managed identities for Azure resources on an Azure VM to acquire an access token".
 */
export class MachineMetadata {
  readonly #tenant: EntraTenant;
  readonly #server: Server;
  readonly #assigned = new Map<string, Principal>();
  #own: Principal | undefined;

  constructor(tenant: EntraTenant, init: ActionInit) {
    this.#tenant = tenant;
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      // A request without the header is how libraries look whether anyone is there.
      if (request.headers['metadata'] !== 'true')
        writeAnswer(
          {
            status: 400,
            body: { error: 'invalid_request', error_description: 'Required metadata header not specified' },
          },
          response,
          init.clock,
        );
      else serveAction('imds:token', () => this.#answer(url), { request, response }, init);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  /** For AZURE_POD_IDENTITY_AUTHORITY_HOST. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** The identity of the machine itself. */
  assignSystem(principal: Principal): void {
    this.#own = principal;
  }

  /** One that is assigned to it by name. */
  assignUser(principal: Principal): void {
    this.#assigned.set(principal.clientId, principal);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(url: URL): AzureAnswer {
    const resource = url.searchParams.get('resource');
    const clientId = url.searchParams.get('client_id');
    if (!TOKEN_PATH.test(url.pathname) || resource === null || url.searchParams.get('api-version') === null)
      return { status: 400, body: { error: 'invalid_request' } };
    const principal = clientId === null ? this.#own : this.#assigned.get(clientId);
    if (principal === undefined)
      return { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } };
    const { text, seconds } = this.#tenant.issue(principal, resource);
    const now = Math.floor(Date.now() / 1_000);
    return {
      status: 200,
      body: {
        access_token: text,
        client_id: principal.clientId,
        expires_in: String(seconds),
        expires_on: String(now + seconds),
        ext_expires_in: String(seconds),
        not_before: String(now),
        resource,
        token_type: 'Bearer',
      },
    };
  }
}
