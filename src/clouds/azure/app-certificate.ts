import { createPrivateKey, X509Certificate } from 'node:crypto';
import { azureCredentialProblem } from './azure-failure.ts';

const NEXT =
  'Name a PEM file that holds the certificate and its RSA private key, and set AZURE_CLIENT_CERTIFICATE_PASSWORD where the key has a password.';

const problem = (text: string, password: string | undefined): string | undefined => {
  try {
    const certificate = new X509Certificate(text);
    const key = createPrivateKey(password === undefined ? text : { key: text, passphrase: password });
    // Entra ID takes no other. Source: Microsoft identity platform, certificate credentials.
    if (key.asymmetricKeyType !== 'rsa') return 'has no RSA key';
    return certificate.checkPrivateKey(key)
      ? undefined
      : 'holds a key that does not belong to its certificate';
  } catch {
    return 'holds no certificate with its private key as PEM';
  }
};

/** Checks the text of a file that an app proves itself with: the library would fail with words about its own parts. */
export const checkAppCertificate = (text: string, password: string | undefined, file: string): string => {
  const wrong = problem(text, password);
  if (wrong === undefined) return text;
  throw azureCredentialProblem(`${file} ${wrong}.`, NEXT);
};
