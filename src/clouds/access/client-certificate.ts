import { createPrivateKey, X509Certificate } from 'node:crypto';
import { FirebreakError } from '../../core/firebreak-error.ts';

const unusable = (what: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-credentials',
    message: `${what}.`,
    next: 'Put a matching certificate and unencrypted private key, both as PEM, into the kubeconfig.',
  });

/** Checks that both are PEM and belong together: the handshake would only fail with an alert. Throws `cluster-credentials`. */
export const checkClientCertificate = (
  certPem: string,
  keyPem: string,
): { readonly certPem: string; readonly keyPem: string } => {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certPem);
  } catch {
    throw unusable('The client certificate of the kubeconfig is not a PEM certificate');
  }
  let matches: boolean;
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw unusable('The client key of the kubeconfig is not an unencrypted PEM private key');
  }
  if (!matches) throw unusable('The client key of the kubeconfig does not belong to its client certificate');
  return { certPem, keyPem };
};
