import { X509Certificate } from 'node:crypto';
import { certificateSubject } from './certificate-subject.ts';

const DAY_MS = 86_400_000;
/** kubeadm, kind and k3s issue for a year, AKS for two: both are long for what can't be revoked. */
const LONG_MS = 90 * DAY_MS;
/** Source: Kubernetes documentation, "User-facing roles": the authorizer lets this group do everything. */
const UNLIMITED_GROUP = 'system:masters';

const ofItsEnd = (endsAt: Date, now: Date): readonly string[] => {
  const leftMs = endsAt.getTime() - now.getTime();
  const end = endsAt.toISOString();
  if (leftMs <= 0)
    return [`The client certificate ended at ${end}. Put a new one with its key in its place.`];
  if (leftMs < DAY_MS)
    return [`The client certificate ends within a day, at ${end}. Put a new one with its key in its place.`];
  if (leftMs > LONG_MS)
    return [
      `The client certificate is valid for ${Math.round(leftMs / DAY_MS)} more days, and Kubernetes can't revoke one: whoever copies its key keeps the cluster. Use one with an end that is near, or a token file that is renewed.`,
    ];
  return [];
};

/** Whole sentences about a client certificate that stands in a file. */
export const certificateWarnings = (certPem: string, now: Date): readonly string[] => [
  ...ofItsEnd(new X509Certificate(certPem).validToDate, now),
  ...(certificateSubject(certPem).groups.includes(UNLIMITED_GROUP)
    ? [
        `The client certificate is of the group ${UNLIMITED_GROUP}, which no RBAC limits. Give Firebreak an identity of its own, with the permissions that \`firebreak permissions\` prints.`,
      ]
    : []),
];
