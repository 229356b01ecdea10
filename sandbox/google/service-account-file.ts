import type { ServiceAccountKey } from './account/google-accounts.ts';

/** A key as the console hands it out, as the text of its file. */
export const serviceAccountFile = ({ keyId, privateKeyPem, account }: ServiceAccountKey): string =>
  JSON.stringify({
    type: 'service_account',
    project_id: 'stand-in',
    private_key_id: keyId,
    private_key: privateKeyPem,
    client_email: account.email,
    client_id: account.uniqueId,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  });
