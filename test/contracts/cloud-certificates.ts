import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bits,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  setOf,
  time,
  utf8,
  yes,
} from '../../sandbox/cluster/tls/der.ts';

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
} as const;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface KeyedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** An authority that also issues what must be refused: the stand-in cluster's own never makes an expired certificate. */
export interface TestAuthority {
  readonly caPem: string;
  issue(names: readonly string[], validity?: 'valid' | 'expired'): KeyedCertificate;
}

const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?!$)/g, '$&\n')}\n-----END ${label}-----\n`;

const distinguishedName = (commonName: string): Buffer =>
  sequence(setOf(sequence(objectId(OID.commonName), utf8(commonName))));

const alternativeName = (name: string): Buffer =>
  isIP(name) === 4
    ? implicit(7, Buffer.from(name.split('.').map(Number)))
    : implicit(2, Buffer.from(name, 'ascii'));

interface Wanted {
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly subject: { readonly name: string; readonly key: KeyObject };
  readonly notAfterMs: number;
  readonly extensions: readonly Uint8Array[];
}

/** RFC 5280, 4.1: one version 3 certificate, ECDSA P-256 with SHA-256. */
const certificate = ({ issuer, subject, notAfterMs, extensions }: Wanted): string => {
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const serial = Buffer.concat([Buffer.of(1), randomBytes(15)]);
  const signed = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(new Date(notAfterMs - 30 * DAY_MS)), time(new Date(notAfterMs))),
    distinguishedName(subject.name),
    subject.key.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  return pem('CERTIFICATE', sequence(signed, algorithm, bits(sign('sha256', signed, issuer.key))));
};

const newPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const createTestAuthority = (name: string): TestAuthority => {
  const pair = newPair();
  const issuer = { name, key: pair.privateKey };
  const inADay = (): number => Date.now() + DAY_MS;
  return {
    caPem: certificate({
      issuer,
      subject: { name, key: pair.publicKey },
      notAfterMs: inADay(),
      extensions: [sequence(objectId(OID.basicConstraints), yes(), octets(sequence(yes())))],
    }),
    issue: (names, validity = 'valid') => {
      const own = newPair();
      return {
        certPem: certificate({
          issuer,
          subject: { name: names[0] ?? 'nobody', key: own.publicKey },
          notAfterMs: validity === 'valid' ? inADay() : Date.now() - DAY_MS,
          extensions: [
            sequence(objectId(OID.subjectAltName), octets(sequence(...names.map(alternativeName)))),
          ],
        }),
        keyPem: String(own.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      };
    },
  };
};
