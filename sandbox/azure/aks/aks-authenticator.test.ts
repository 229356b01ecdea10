import { beforeEach, expect, test } from 'vitest';
import { type App, EntraTenant } from '../entra/entra-tenant.ts';
import { AksAuthenticator } from './aks-authenticator.ts';

const SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';

let movedMs: number;
let tenant: EntraTenant;
let app: App;
let authenticator: AksAuthenticator;
beforeEach(() => {
  movedMs = 0;
  tenant = new EntraTenant({ now: () => new Date(Date.now() + movedMs) });
  app = tenant.addApp();
  authenticator = new AksAuthenticator(tenant, SERVER_APP);
});

const issue = (audience = SERVER_APP): string => tenant.issue(app, audience).text;

test('a token for the server app is for its object id, or for the user that a binding names', () => {
  expect(authenticator.userOf(issue())).toBe(app.objectId);
  authenticator.bind(app.objectId, 'responder');
  expect(authenticator.userOf(issue())).toBe('responder');
});

test('a token for something else, such as Azure Resource Manager, is not taken', () => {
  expect(authenticator.userOf(issue('https://management.azure.com'))).toBeUndefined();
});

test('a token of another tenant is not taken', () => {
  const other = new EntraTenant({ now: () => new Date() });
  const { text } = other.issue(other.addApp(), SERVER_APP);
  expect(authenticator.userOf(text)).toBeUndefined();
});

test('a token is taken for an hour, and not after it was revoked', () => {
  const token = issue();
  movedMs = 3_590_000;
  expect(authenticator.userOf(token)).toBe(app.objectId);
  movedMs = 3_601_000;
  expect(authenticator.userOf(token)).toBeUndefined();
  const next = issue();
  tenant.revokeTokens();
  expect(authenticator.userOf(next)).toBeUndefined();
});

test('a token whose claims were changed is not taken, and neither is one that is no token', () => {
  const [header, payload = '', signature] = issue().split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const other = Buffer.from(JSON.stringify({ ...Object(claims), oid: 'somebody-else' })).toString(
    'base64url',
  );
  expect(authenticator.userOf(`${header}.${other}.${signature}`)).toBeUndefined();
  for (const nothing of ['', 'a.b.c', 'stand-in-admin'])
    expect(authenticator.userOf(nothing)).toBeUndefined();
});
