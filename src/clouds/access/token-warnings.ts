import { tokenClaims } from './token-claims.ts';

const HOUR_MS = 3_600_000;
/** A projected service account token lives a year at most where a cluster extends it, an hour where it does not. */
const LONG_MS = 25 * HOUR_MS;

const INSTEAD =
  'Whoever copies it keeps it: use a token file that is renewed, a client certificate with an end, or in-cluster.';
/** What `oc login` writes. Source: OpenShift documentation, "Configuring the internal OAuth server": a day by default. */
const OPENSHIFT =
  'The token is the OpenShift login of a person, and ends when their session does, by default after a day. Use a service account: `oc create token firebreak -n firebreak --duration=24h` into a tokenFile, renewed by a job.';

/**
 * Whole sentences about a token that stands in a file and is not renewed there. The signature is not looked at: this is
 * a warning, and the cluster decides.
 */
export const staticTokenWarnings = (token: string, now: Date): readonly string[] => {
  if (token.startsWith('sha256~')) return [OPENSHIFT];
  const exp = tokenClaims(token)?.exp;
  if (exp === undefined) return [`The token does not say when it ends. ${INSTEAD}`];
  const leftMs = exp * 1_000 - now.getTime();
  if (leftMs <= 0)
    return [
      `The token ended at ${new Date(exp * 1_000).toISOString()}. Put a new one in its place, or use a tokenFile that is renewed.`,
    ];
  return leftMs > LONG_MS
    ? [`The token is valid for ${Math.round(leftMs / (24 * HOUR_MS))} more days. ${INSTEAD}`]
    : [];
};
