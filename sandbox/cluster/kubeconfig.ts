import type { User } from './access/user.ts';
import type { Certificate } from './tls/certificate-authority.ts';

const inline = (pem: string) => Buffer.from(pem, 'utf8').toString('base64');

/** A kubeconfig for one user: by client certificate when one is given, else by token. */
export function kubeconfigText(
  url: string,
  caPem: string,
  user: User,
  certificate: Certificate | undefined,
): string {
  const credentials =
    certificate === undefined
      ? [`    token: ${user.token}`]
      : [
          `    client-certificate-data: ${inline(certificate.certPem)}`,
          `    client-key-data: ${inline(certificate.keyPem)}`,
        ];
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '- name: stand-in',
    '  cluster:',
    `    server: ${url}`,
    `    certificate-authority-data: ${inline(caPem)}`,
    'users:',
    `- name: ${user.name}`,
    '  user:',
    ...credentials,
    'contexts:',
    '- name: stand-in',
    `  context: { cluster: stand-in, user: ${user.name}, namespace: payments }`,
    'current-context: stand-in',
    '',
  ].join('\n');
}
