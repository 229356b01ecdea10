import { verify } from 'node:crypto';
import { z } from 'zod';
import type { AzureClock } from '../azure-clock.ts';
import type { EntraCode } from './entra-failure.ts';
import type { App } from './entra-tenant.ts';

const headerSchema = z.object({
  alg: z.string(),
  kid: z.string().optional(),
  'x5t#S256': z.string().optional(),
});
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nbf: z.number().optional(),
});

const decoded = (part: string): unknown => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Judges a client assertion: one that the app signed with its certificate, or a federated one of another issuer, whose
 * signature is for that issuer to know. `undefined` means it is good.
 * Source: Microsoft identity platform, certificate credentials; workload identity federation.
 */
export const refuseAssertion = (
  assertion: string,
  app: App,
  tokenEndpoint: string,
  clock: AzureClock,
): EntraCode | undefined => {
  const [head = '', payload = '', signature = ''] = assertion.split('.');
  const header = headerSchema.safeParse(decoded(head));
  const claims = claimsSchema.safeParse(decoded(payload));
  if (!header.success || !claims.success) return 700027;
  const { iss, sub, aud, exp, nbf } = claims.data;
  const audiences = [aud].flat();
  const now = clock.now().getTime() / 1_000;
  if (now >= exp || now < (nbf ?? 0) - 300) return 700024;
  if (iss === app.clientId) {
    const key = app.certificates.get(header.data['x5t#S256'] ?? '');
    const pss = { key: key ?? '', padding: 6, saltLength: 32 };
    const genuine =
      key !== undefined &&
      verify(
        'sha256',
        Buffer.from(`${head}.${payload}`),
        header.data.alg === 'PS256' ? { ...pss, key } : key,
        Buffer.from(signature, 'base64url'),
      );
    return genuine && sub === app.clientId && audiences.includes(tokenEndpoint) ? undefined : 700027;
  }
  const byIssuer = app.federated.filter(({ issuer }) => issuer === iss);
  if (byIssuer.length === 0) return 700211;
  const byAudience = byIssuer.filter(({ audience }) => audiences.includes(audience));
  if (byAudience.length === 0) return 700212;
  return byAudience.some(({ subject }) => subject === sub) ? undefined : 700213;
};
