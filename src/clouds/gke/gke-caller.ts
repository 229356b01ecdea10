import { z } from 'zod';
import type { GkeCluster } from './gke-cluster.ts';

const answerSchema = z.object({ email: z.string().optional(), scope: z.string().default('') });

const EMAIL_SCOPES: ReadonlySet<string> = new Set([
  'https://www.googleapis.com/auth/userinfo.email',
  'email',
]);

export interface GkeCaller {
  readonly email: string | undefined;
  /** Whether the cluster sees it by its e-mail; undefined where Google does not say. */
  readonly seenBy: 'its e-mail' | 'its numeric id' | undefined;
}

/** Whom a token is for, as Google says it. Without an answer, what its source said. Source: OAuth 2.0 tokeninfo. */
export const gkeCaller = async ({ credentials }: GkeCluster): Promise<GkeCaller> => {
  const { token, email } = await credentials.provide();
  const { transport, universe } = await credentials.context();
  try {
    const { body } = await transport.send({
      method: 'POST',
      url: `https://oauth2.${universe}/tokeninfo`,
      form: { access_token: token.text },
    });
    const { email: told, scope } = answerSchema.parse(body);
    const byEmail = scope.split(' ').some((one) => EMAIL_SCOPES.has(one));
    return { email: told ?? email, seenBy: byEmail ? 'its e-mail' : 'its numeric id' };
  } catch {
    // A federated token is nobody's account, and tokeninfo does not know it.
    return { email, seenBy: undefined };
  }
};
