import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { bits, explicit, integer, objectId, sequence, setOf, time, utf8 } from '../../cluster/tls/der.ts';

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const COMMON_NAME = '2.5.4.3';
const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 30;

/**
 * A self-signed certificate with an RSA key, as an app registration takes it, valid for 30 days.
 * Source: RFC 5280, section 4.1; Microsoft identity platform, certificate credentials.
 */
export const createAppCertificate = (): { readonly certPem: string; readonly keyPem: string } => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = sequence(objectId(SHA256_WITH_RSA), Buffer.of(0x05, 0x00));
  const name = sequence(setOf(sequence(objectId(COMMON_NAME), utf8('firebreak'))));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const from = Date.now() - 5 * 60_000;
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    name,
    sequence(time(new Date(from)), time(new Date(from + LIFETIME_DAYS * DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const der = sequence(toBeSigned, algorithm, bits(sign('sha256', toBeSigned, privateKey)));
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?!$)/gu, '$&\n');
  return {
    certPem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    keyPem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
};
