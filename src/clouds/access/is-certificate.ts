import { X509Certificate } from 'node:crypto';

/** Whether a text holds a certificate as PEM. */
export const isCertificate = (pem: string): boolean => {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
};
