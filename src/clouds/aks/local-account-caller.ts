import type { CloudCaller } from '../../core/cloud.ts';
import { certificateSubject } from '../access/certificate-subject.ts';
import type { LocalAccount } from './aks-endpoint.ts';

/** Who a cluster without Entra ID takes us for: one account for all who may ask Azure for it. */
export const localAccountCaller = ({ certificate }: LocalAccount): CloudCaller => {
  const subject = certificate === undefined ? undefined : certificateSubject(certificate.certPem);
  const admin =
    subject?.groups.includes('system:masters') === true
      ? ' It may do everything (system:masters), so no identity can be less than another.'
      : '';
  return {
    source: "the cluster's local account, from listClusterUserCredential",
    ...(subject?.name === undefined ? {} : { principal: subject.name }),
    warnings: [
      `The cluster has no Entra integration: its local account is the same for all who may fetch it, lives until the cluster's certificates are rotated, and stands in the audit log for all of them.${admin} Switch Entra integration on and local accounts off.`,
    ],
  };
};
