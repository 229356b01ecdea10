import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import type { GoogleClock } from '../clock.ts';

export interface ServiceAccount {
  readonly email: string;
  /** 21 digits: what is known of it without the scope userinfo.email. */
  readonly uniqueId: string;
}

export interface ServiceAccountKey {
  readonly keyId: string;
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
  readonly account: ServiceAccount;
}

export interface IssuedToken {
  readonly text: string;
  /** E-mail of an account; of a federated identity its `principal://…`. */
  readonly principal: string;
  readonly uniqueId: string;
  readonly kind: 'service account' | 'person' | 'federated';
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const digits = (count: number): string =>
  Array.from({ length: count }, (_, at) => randomInt(at === 0 ? 1 : 0, 10)).join('');

/** One key for all: making one takes longer than a test, and which account signed is in the assertion. */
let pair: { readonly privateKey: string; readonly publicKey: string } | undefined;
const keyPair = (): { readonly privateKey: string; readonly publicKey: string } => {
  pair ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return pair;
};

/** Service accounts, people and the access tokens that they hold. Secrets are new in each run. */
export class GoogleAccounts {
  readonly #clock: GoogleClock;
  readonly #accounts = new Map<string, ServiceAccount>();
  readonly #keys = new Map<string, ServiceAccountKey>();
  readonly #logins = new Map<string, { readonly email: string; readonly uniqueId: string }>();
  readonly #creators = new Set<string>();
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #secrets = new Set<string>();

  constructor(clock: GoogleClock) {
    this.#clock = clock;
  }

  addServiceAccount(email: string): ServiceAccount {
    const account = { email, uniqueId: digits(21) };
    this.#accounts.set(email, account);
    return account;
  }

  /** A long-lived key, as the console gives it out. */
  addKey(account: ServiceAccount): ServiceAccountKey {
    const { privateKey, publicKey } = keyPair();
    const key = {
      keyId: randomBytes(20).toString('hex'),
      privateKeyPem: privateKey,
      publicKeyPem: publicKey,
      account,
    };
    this.#keys.set(account.email, key);
    this.#secrets.add(privateKey);
    return key;
  }

  deleteKeys(email: string): void {
    this.#keys.delete(email);
  }

  removeServiceAccount(email: string): void {
    this.#accounts.delete(email);
  }

  /** A person who logged in; returns the refresh token. */
  addLogin(email: string): string {
    const refreshToken = `1//${randomBytes(40).toString('base64url')}`;
    this.#logins.set(refreshToken, { email, uniqueId: digits(21) });
    this.#secrets.add(refreshToken);
    return refreshToken;
  }

  endLogins(): void {
    this.#logins.clear();
  }

  login(refreshToken: string): { readonly email: string; readonly uniqueId: string } | undefined {
    return this.#logins.get(refreshToken);
  }

  account(email: string): ServiceAccount | undefined {
    return this.#accounts.get(email);
  }

  key(email: string): ServiceAccountKey | undefined {
    return this.#keys.get(email);
  }

  /** Lets `principal` impersonate `target` (roles/iam.serviceAccountTokenCreator). */
  letImpersonate(principal: string, target: string): void {
    this.#creators.add(`${principal} ${target}`);
  }

  mayImpersonate(principal: string, target: string): boolean {
    return this.#creators.has(`${principal} ${target}`);
  }

  issue(init: Omit<IssuedToken, 'text' | 'expiresAt'>, seconds: number): IssuedToken {
    const text = `ya29.${randomBytes(120).toString('base64url')}`;
    const token = { ...init, text, expiresAt: this.#clock.now().getTime() + seconds * 1_000 };
    this.#tokens.set(text, token);
    this.#secrets.add(text);
    return token;
  }

  /** A token that is valid now. */
  token(text: string): IssuedToken | undefined {
    const found = this.#tokens.get(text);
    return found !== undefined && found.expiresAt > this.#clock.now().getTime() ? found : undefined;
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** Something else that must not be shown: a subject token. */
  addSecret(text: string): void {
    this.#secrets.add(text);
  }

  /** Every secret that was handed out, to look for in what must not hold one. */
  secrets(): readonly string[] {
    return [...this.#secrets];
  }
}
