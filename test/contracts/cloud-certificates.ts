import { isIP } from 'node:net';
import {
  type Certificate,
  createCertificateAuthority,
  type Validity,
} from '../../sandbox/cluster/tls/certificate-authority.ts';

export type KeyedCertificate = Certificate;

/** The stand-in's authority, asked by names alone. */
export interface TestAuthority {
  readonly caPem: string;
  issue(names: readonly string[], validity?: Validity): KeyedCertificate;
  /** For a client: a server takes no other. */
  issueClient(name: string): KeyedCertificate;
}

export const createTestAuthority = (name: string): TestAuthority => {
  const authority = createCertificateAuthority(name);
  const isAddress = (each: string): boolean => isIP(each) === 4;
  return {
    caPem: authority.caPem,
    issue: (names, validity) =>
      authority.issueServer(
        names.filter(isAddress),
        names.filter((each) => !isAddress(each)),
        validity,
      ),
    issueClient: (commonName) => authority.issueClient({ commonName }),
  };
};
