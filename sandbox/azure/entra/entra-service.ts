import type { AzureAnswer } from '../azure-answer.ts';
import type { AzureClock } from '../azure-clock.ts';
import { type EntraCode, entraRefusal } from './entra-failure.ts';
import type { App, EntraTenant } from './entra-tenant.ts';
import { refuseAssertion } from './read-assertion.ts';

export interface EntraInit {
  /** `login.microsoftonline.com`. */
  readonly host: string;
  readonly tenant: EntraTenant;
  readonly clock: AzureClock;
  /** Apps that tokens can be asked for, by id or URI. */
  readonly resources: readonly string[];
}

/** How apps sign in by themselves. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Entra ID's token endpoint of one cloud, with its discovery.
 * Source: Microsoft identity platform, OAuth 2.0 client credentials flow, OpenID Connect discovery.
 */
export class EntraService {
  readonly #init: EntraInit;
  /** Refuses every token request with this code. */
  refuseWith: EntraCode | undefined;

  constructor(init: EntraInit) {
    this.#init = init;
  }

  isTokenRequest(method: string, path: string): boolean {
    return method === 'POST' && /^\/[^/]+\/oauth2\/v2\.0\/token$/u.test(path);
  }

  /** Discovery: everything but tokens. */
  discover(path: string): AzureAnswer {
    const { host, tenant } = this.#init;
    if (path === '/common/discovery/instance')
      return {
        status: 200,
        body: {
          tenant_discovery_endpoint: `https://${host}/${tenant.id}/v2.0/.well-known/openid-configuration`,
          'api-version': '1.1',
          metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
        },
      };
    const [, tenantId = '', ...rest] = path.split('/');
    if (rest.join('/') !== 'v2.0/.well-known/openid-configuration') return { status: 404, body: {} };
    if (tenantId !== tenant.id) return entraRefusal(90002, tenantId, this.#init.clock.now());
    return {
      status: 200,
      body: {
        token_endpoint: this.#endpoint(tenantId),
        token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
        jwks_uri: `https://${host}/${tenantId}/discovery/v2.0/keys`,
        issuer: `https://${host}/${tenantId}/v2.0`,
        authorization_endpoint: `https://${host}/${tenantId}/oauth2/v2.0/authorize`,
        end_session_endpoint: `https://${host}/${tenantId}/oauth2/v2.0/logout`,
      },
    };
  }

  answer(path: string, body: string): AzureAnswer {
    const { tenant, clock } = this.#init;
    const form = new URLSearchParams(body);
    const clientId = form.get('client_id') ?? '';
    const audience = (form.get('scope') ?? '')
      .split(' ')
      .find((scope) => scope.endsWith('/.default'))
      ?.slice(0, -'/.default'.length);
    const app = tenant.app(clientId);
    const tenantId = path.split('/')[1] ?? '';
    const code =
      this.refuseWith ??
      (tenantId === tenant.id ? undefined : 90002) ??
      (form.get('grant_type') === 'client_credentials' && audience !== undefined ? undefined : 900144) ??
      (app === undefined ? 700016 : this.#refuseProof(form, app, tenantId)) ??
      (this.#init.resources.includes(audience ?? '') ? undefined : 500011);
    if (code !== undefined || app === undefined || audience === undefined)
      // Entra ID quotes what it was sent: an error that is shown as it is would tell it on.
      return entraRefusal(code ?? 700016, form.get('client_secret') ?? clientId, clock.now());
    const { text, seconds } = tenant.issue(app, audience);
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: text },
    };
  }

  #refuseProof(form: URLSearchParams, app: App, tenantId: string): EntraCode | undefined {
    const { clock } = this.#init;
    const secret = form.get('client_secret');
    if (secret !== null) {
      const known = app.secrets.find(({ text }) => text === secret);
      if (known === undefined) return 7000215;
      return clock.now().getTime() < known.endsAt ? undefined : 7000222;
    }
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) return 900144;
    return refuseAssertion(form.get('client_assertion') ?? '', app, this.#endpoint(tenantId), clock);
  }

  #endpoint(tenantId: string): string {
    return `https://${this.#init.host}/${tenantId}/oauth2/v2.0/token`;
  }
}
