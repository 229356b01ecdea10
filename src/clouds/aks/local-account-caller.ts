import { X509Certificate } from 'node:crypto';
import type { CloudCaller } from '../../core/cloud.ts';
import type { LocalAccount } from './aks-endpoint.ts';

const subjectOf = (certPem: string): readonly string[] => new X509Certificate(certPem).subject.split('\n');

/** Who a cluster without Entra ID takes us for: one account for all who may ask Azure for it. */
export const localAccountCaller = ({ certificate }: LocalAccount): CloudCaller => {
  const subject = certificate === undefined ? [] : subjectOf(certificate.certPem);
  const name = subject.find((part) => part.startsWith('CN='))?.slice(3);
  const admin = subject.includes('O=system:masters')
    ? ' It may do everything (system:masters), so no identity can be less than another.'
    : '';
  return {
    source: "the cluster's local account, from listClusterUserCredential",
    ...(name === undefined ? {} : { principal: name }),
    warnings: [
      `The cluster has no Entra integration: its local account is the same for all who may fetch it, lives until the cluster's certificates are rotated, and stands in the audit log for all of them.${admin} Switch Entra integration on and local accounts off.`,
    ],
  };
};
