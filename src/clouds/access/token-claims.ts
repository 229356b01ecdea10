import { z } from 'zod';

/** Seconds since the epoch, and whom the token is for. Source: RFC 7519, 4.1. */
const claimsSchema = z.object({
  exp: z.number().optional(),
  iat: z.number().optional(),
  sub: z.string().optional(),
});
export type TokenClaims = Readonly<z.infer<typeof claimsSchema>>;

/**
 * What a bearer token says of itself; `undefined` where it is no JSON Web Token. The signature is not looked at: this is
 * for warnings and sentences, and the cluster decides.
 */
export const tokenClaims = (token: string): TokenClaims | undefined => {
  const [, payload, ...rest] = token.split('.');
  if (payload === undefined || rest.length !== 1) return undefined;
  try {
    return claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
};
