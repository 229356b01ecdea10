import { z } from 'zod';

/** Seconds since the epoch. Source: RFC 7519, 4.1. */
const claimsSchema = z.object({ exp: z.number().optional(), iat: z.number().optional() });

/** A projected service account token lives a year at most where a cluster extends it, an hour where it does not. */
const LONG_MS = 25 * 3_600_000;

const claimsOf = (token: string): z.infer<typeof claimsSchema> | undefined => {
  const [, payload, ...rest] = token.split('.');
  if (payload === undefined || rest.length !== 1) return undefined;
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
};

/**
 * Whole sentences about a token that stands in a file and is not renewed there. The signature is not looked at: this is
 * a warning, and the cluster decides.
 */
export const staticTokenWarnings = (token: string, now: Date): readonly string[] => {
  const claims = claimsOf(token);
  const next =
    'Whoever copies it keeps it: use a token file that is renewed, a client certificate with an end, or in-cluster.';
  if (claims?.exp === undefined) return [`The token does not say when it ends. ${next}`];
  const leftMs = claims.exp * 1_000 - now.getTime();
  return leftMs > LONG_MS
    ? [`The token is valid for ${Math.round(leftMs / 86_400_000)} more days. ${next}`]
    : [];
};
