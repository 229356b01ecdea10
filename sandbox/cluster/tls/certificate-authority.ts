import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
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
} from './der.ts';

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_DAYS = 30;
/** A certificate is valid a little before it was made, for peers whose clock is behind. */
const BACKDATED_MS = 5 * 60 * 1000;

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Subject {
  readonly commonName: string;
  /** Kubernetes reads a client certificate's organizations as the user's groups. */
  readonly organizations?: readonly string[];
}

export type Validity = 'valid' | 'expired';

export interface CertificateAuthority {
  readonly caPem: string;
  /** An `expired` one ended a day ago: for what has to be refused. */
  readonly issueServer: (
    addresses: readonly string[],
    dnsNames: readonly string[],
    validity?: Validity,
  ) => Certificate;
  readonly issueClient: (subject: Subject) => Certificate;
}

const name = ({ commonName, organizations = [] }: Subject) =>
  sequence(
    ...organizations.map((value) => setOf(sequence(objectId(OID.organization), utf8(value)))),
    setOf(sequence(objectId(OID.commonName), utf8(commonName))),
  );
const extension = (id: string, ...value: readonly Uint8Array[]) => sequence(objectId(id), octets(...value));
const critical = (id: string, value: Uint8Array) => sequence(objectId(id), yes(), octets(value));
const pem = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?!$)/g, '$&\n')}\n-----END ${label}-----\n`;
const publicDer = (key: KeyObject) => createPublicKey(key).export({ type: 'spki', format: 'der' });
const keyId = (spki: Uint8Array) => createHash('sha256').update(spki).digest().subarray(0, 20);

interface Issuer {
  readonly subject: Subject;
  readonly key: KeyObject;
}

function certificate(
  issuer: Issuer,
  subject: Subject,
  spki: Uint8Array,
  extensions: readonly Uint8Array[],
  validity: Validity = 'valid',
) {
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const age = validity === 'valid' ? BACKDATED_MS : (LIFETIME_DAYS + 1) * DAY_MS;
  const from = Date.now() - age;
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    name(issuer.subject),
    sequence(time(new Date(from)), time(new Date(from + LIFETIME_DAYS * DAY_MS))),
    name(subject),
    spki,
    explicit(
      3,
      sequence(
        extension(OID.subjectKeyId, octets(keyId(spki))),
        extension(OID.authorityKeyId, sequence(implicit(0, keyId(publicDer(issuer.key))))),
        ...extensions,
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, issuer.key);
  return pem('CERTIFICATE', sequence(toBeSigned, algorithm, bits(signature)));
}

/**
 * A certificate authority that lives as long as the object: ECDSA P-256, valid for 30 days.
 * Source: RFC 5280, sections 4.1 and 4.2; RFC 5758 for the signature algorithm.
 */
export function createCertificateAuthority(commonName: string): CertificateAuthority {
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const issuer: Issuer = { subject: { commonName }, key: newKey() };
  const caPem = certificate(issuer, issuer.subject, publicDer(issuer.key), [
    critical(OID.basicConstraints, sequence(yes())),
    critical(OID.keyUsage, Buffer.of(0x03, 0x02, 0x01, 0x06)),
  ]);
  const issue = (
    subject: Subject,
    usage: string,
    more: readonly Uint8Array[],
    validity?: Validity,
  ): Certificate => {
    const key = newKey();
    const extensions = [
      critical(OID.keyUsage, Buffer.of(0x03, 0x02, 0x07, 0x80)),
      extension(OID.extKeyUsage, sequence(objectId(usage))),
      ...more,
    ];
    const certPem = certificate(issuer, subject, publicDer(key), extensions, validity);
    return { certPem, keyPem: String(key.export({ type: 'pkcs8', format: 'pem' })) };
  };
  return {
    caPem,
    issueServer: (addresses, dnsNames, validity) => {
      const names = sequence(
        ...dnsNames.map((value) => implicit(2, Buffer.from(value, 'ascii'))),
        ...addresses.map((value) => implicit(7, Buffer.from(value.split('.').map(Number)))),
      );
      const subject = { commonName: dnsNames[0] ?? 'kube-apiserver' };
      return issue(subject, OID.serverAuth, [extension(OID.subjectAltName, names)], validity);
    },
    issueClient: (subject) => issue(subject, OID.clientAuth, []),
  };
}
