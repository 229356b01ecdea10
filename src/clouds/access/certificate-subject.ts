import { X509Certificate } from 'node:crypto';

/** Whom an API server takes a client certificate for. */
export interface CertificateSubject {
  readonly name: string | undefined;
  readonly groups: readonly string[];
}

/** User and groups: the common name and the organisations. Source: Kubernetes documentation, "Authenticating". */
export const certificateSubject = (certPem: string): CertificateSubject => {
  // One part a line; organisations that Go wrote stand in one line, with a plus between them.
  const parts = new X509Certificate(certPem).subject.split(/\n| \+ /u);
  const of = (key: string): readonly string[] =>
    parts.filter((part) => part.startsWith(`${key}=`)).map((part) => part.slice(key.length + 1));
  return { name: of('CN')[0], groups: of('O') };
};
