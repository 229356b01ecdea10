import { X509Certificate } from 'node:crypto';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

/** Whole sentences about a client certificate that proves an app. */
export const appCertificateWarnings = (pem: string, now: Date): readonly string[] => {
  let endsAt: Date;
  try {
    endsAt = new X509Certificate(pem).validToDate;
  } catch {
    return [];
  }
  const days = Math.floor((endsAt.getTime() - now.getTime()) / DAY_MS);
  const long = `The client certificate is long-lived (until ${endsAt.toISOString().slice(0, 10)}): whoever copies its key is Firebreak until then. Use workload identity or a managed identity.`;
  return days < SOON_DAYS ? [`The client certificate ends in ${Math.max(days, 0)} days. Renew it.`] : [long];
};
