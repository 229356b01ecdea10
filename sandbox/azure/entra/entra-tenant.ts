import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import type { AzureClock } from '../azure-clock.ts';

/** Who can get tokens: an app's service principal, or a managed identity. */
export interface Principal {
  readonly clientId: string;
  /** By which the tenant, Azure's roles and AKS know it. */
  readonly objectId: string;
}

/** What a token of another issuer has to say for an app to take it as a proof. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

interface Secret {
  readonly text: string;
  readonly endsAt: number;
}

export interface App extends Principal {
  readonly secrets: readonly Secret[];
  /** SHA-256 of the certificate, base64url: `x5t#S256` of an assertion. */
  readonly certificates: ReadonlyMap<string, KeyObject>;
  readonly federated: readonly FederatedCredential[];
}

export interface TokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly oid: string;
  readonly appid: string;
  readonly tid: string;
  /** Seconds since the epoch. */
  readonly nbf: number;
  readonly exp: number;
}

interface SigningKey {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A key costs a tenth of a second, and nothing is proven by a new one for each tenant. */
let madeKey: SigningKey | undefined;
const signingKey = (): SigningKey => {
  madeKey ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return madeKey;
};

/**
 * A tenant of Entra ID: its apps, and the tokens it signs. Ids and secrets are new in each run.
 * Source: Microsoft identity platform, access tokens.
 */
export class EntraTenant {
  readonly id = randomUUID();
  /** How long a token is good. */
  tokenSeconds = 3_600;
  readonly #clock: AzureClock;
  readonly #apps = new Map<string, App>();
  readonly #handedOut = new Set<string>();
  readonly #key = signingKey();
  /** Of the newest; those before it are no longer accepted. */
  #generation = 0;

  constructor(clock: AzureClock) {
    this.#clock = clock;
  }

  addApp(): App {
    const app: App = {
      clientId: randomUUID(),
      objectId: randomUUID(),
      secrets: [],
      certificates: new Map(),
      federated: [],
    };
    this.#apps.set(app.clientId, app);
    return app;
  }

  app(clientId: string): App | undefined {
    return this.#apps.get(clientId);
  }

  removeApp(clientId: string): void {
    this.#apps.delete(clientId);
  }

  /** A new secret of the app. */
  addSecret(clientId: string, seconds = 86_400): string {
    const text = `8Q~${randomBytes(28).toString('base64url')}`;
    this.#change(clientId, (app) => ({
      secrets: [...app.secrets, { text, endsAt: this.#clock.now().getTime() + seconds * 1_000 }],
    }));
    this.#handedOut.add(text);
    return text;
  }

  /** Registers a certificate, PEM, with the app. */
  addCertificate(clientId: string, certPem: string): void {
    const certificate = new X509Certificate(certPem);
    const thumbprint = createHash('sha256').update(certificate.raw).digest('base64url');
    this.#change(clientId, (app) => ({
      certificates: new Map([...app.certificates, [thumbprint, certificate.publicKey]]),
    }));
  }

  federate(clientId: string, credential: FederatedCredential): void {
    this.#change(clientId, (app) => ({ federated: [...app.federated, credential] }));
  }

  /** A token of version 1.0, as resources that ask for no other get it. */
  issue(
    { clientId, objectId }: Principal,
    audience: string,
  ): { readonly text: string; readonly seconds: number } {
    const now = Math.floor(this.#clock.now().getTime() / 1_000);
    const header = { typ: 'JWT', alg: 'RS256', kid: `key-${this.#generation}` };
    const claims = {
      aud: audience,
      iss: `https://sts.windows.net/${this.id}/`,
      iat: now,
      nbf: now,
      exp: now + this.tokenSeconds,
      appid: clientId,
      idtyp: 'app',
      oid: objectId,
      sub: objectId,
      tid: this.id,
      uti: randomBytes(12).toString('base64url'),
      ver: '1.0',
    };
    const signed = `${base64url(header)}.${base64url(claims)}`;
    const text = `${signed}.${sign('sha256', Buffer.from(signed), this.#key.privateKey).toString('base64url')}`;
    this.#handedOut.add(text);
    return { text, seconds: this.tokenSeconds };
  }

  /** What a token says, when this tenant signed it for this audience, and it is neither over nor revoked. */
  verify(token: string, audience: string): TokenClaims | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const genuine = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      this.#key.publicKey,
      Buffer.from(signature, 'base64url'),
    );
    if (!genuine) return undefined;
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid: string };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims;
    const now = this.#clock.now().getTime() / 1_000;
    return kid === `key-${this.#generation}` &&
      claims.tid === this.id &&
      claims.aud === audience &&
      now < claims.exp
      ? claims
      : undefined;
  }

  /** No token so far is accepted any more. */
  revokeTokens(): void {
    this.#generation += 1;
  }

  /** Something that must not be shown, although it was made elsewhere. */
  keepSecret(text: string): void {
    this.#handedOut.add(text);
  }

  /** Every secret and token that was handed out, to look for in what must not hold one. */
  secrets(): readonly string[] {
    return [...this.#handedOut];
  }

  #change(clientId: string, change: (app: App) => Partial<App>): void {
    const app = this.#apps.get(clientId);
    if (app === undefined) throw new Error(`there is no app ${clientId}`);
    this.#apps.set(clientId, { ...app, ...change(app) });
  }
}
