import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../sandbox/cluster/tls/certificate-authority.ts';
import { certificateSubject } from './certificate-subject.ts';
import { certificateWarnings } from './certificate-warnings.ts';

const DAY_MS = 86_400_000;
const authority = createCertificateAuthority('clients');
const { certPem } = authority.issueClient({ commonName: 'responder', organizations: ['dev', 'oncall'] });
const endsMs = new X509Certificate(certPem).validToDate.getTime();
const before = (ms: number): readonly string[] => certificateWarnings(certPem, new Date(endsMs - ms));

/** Both organisations in one set, as Go writes them, and valid for a hundred years. */
const AS_GO_WRITES = `
-----BEGIN CERTIFICATE-----
MIIB2DCCAX2gAwIBAgIUXJXVg5v9H6wnXMqgHv7322pb9cYwCgYIKoZIzj0EAwIw
QDEjMAoGA1UECgwDZGV2MBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxGTAXBgNVBAMM
EGt1YmVybmV0ZXMtYWRtaW4wIBcNMjYxMTIxMDcyNzI2WhgPMjEyNjEwMjgwNzI3
MjZaMEAxIzAKBgNVBAoMA2RldjAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMRkwFwYD
VQQDDBBrdWJlcm5ldGVzLWFkbWluMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
pJmWXg5Aq6yIxGstiwFGDL6SeMXIt+YvkeXpQ6yarL+KXJz8bjTNEfqVB2xdTTWD
Dxc6G38CUHyyJc6eOalsAaNTMFEwHQYDVR0OBBYEFA86yhZ5YgmlhQikSkmvGlW+
p+g5MB8GA1UdIwQYMBaAFA86yhZ5YgmlhQikSkmvGlW+p+g5MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhANyv8k2mJwvDr/aIZ0QzzirqS/4FPZMi
ZfTgIPnUT70hAiEA6GuJhnhdv7mAsfeV4pOS2OsuR9kMT6nsZrUBjBXyUYk=
-----END CERTIFICATE-----
`;

describe('a client certificate', () => {
  it.each([
    ['that ends in a month', 30 * DAY_MS, []],
    ['that ends within a day', DAY_MS - 1, [/ends within a day, at .*new one with its key/u]],
    ['that has ended', -1, [/certificate ended at .*new one with its key/u]],
    ['that ends in a year', 365 * DAY_MS, [/valid for 365 more days.*can't revoke/u]],
  ])('%s', (_what, leftMs, warnings) => {
    expect(before(leftMs)).toEqual(warnings.map((says) => expect.stringMatching(says)));
  });

  it('names a user and its groups', () => {
    expect(certificateSubject(certPem)).toEqual({ name: 'responder', groups: ['dev', 'oncall'] });
    expect(certificateSubject(AS_GO_WRITES)).toEqual({
      name: 'kubernetes-admin',
      groups: ['dev', 'system:masters'],
    });
  });

  it('is warned of when no RBAC limits it', () => {
    expect(certificateWarnings(AS_GO_WRITES, new Date(endsMs))).toEqual([
      expect.stringMatching(/more days/u),
      expect.stringMatching(/system:masters, which no RBAC limits.*identity of its own/u),
    ]);
  });
});
