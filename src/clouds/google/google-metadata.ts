import { z } from 'zod';
import { endAfter, type GoogleContext } from './google-context.ts';
import { googleCredentialProblem, googleFailure } from './google-failure.ts';
import { googleRefusal } from './google-refusal.ts';
import { GOOGLE_SCOPES } from './google-scopes.ts';
import { type GoogleSurroundings, variable } from './google-surroundings.ts';
import type { GoogleIdentity } from './google-token.ts';

/** For a link-local address, which answers at once or never. GKE's own metadata server is slower on a pod's first seconds. */
const PRESENT_TIMEOUT_MS = 1_000;
const TOKEN_TIMEOUT_MS = 5_000;
const FLAVOR = { 'metadata-flavor': 'Google' } as const;
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number() });

/** The address by number: it needs no name resolution, and no proxy is asked for it. Source: Compute Engine documentation. */
const metadataHost = (surroundings: GoogleSurroundings): string =>
  variable(surroundings, 'GCE_METADATA_HOST') ?? '169.254.169.254';

/**
 * The service account of the machine, or of the pod by GKE's workload identity. Gives what was looked at where no
 * metadata server answers. Not by the library's Compute, which reads the process's environment and the machine's BIOS.
 * Source: Compute Engine documentation, "Access tokens" of the metadata server; AIP-4115.
 */
export const fromMetadata = async (
  context: GoogleContext,
): Promise<GoogleIdentity | { readonly looked: string }> => {
  const { surroundings, transport } = context;
  // How Google's own clients are told so, in Python and in Node.
  if (variable(surroundings, 'NO_GCE_CHECK') === 'true')
    return { looked: 'no metadata server (NO_GCE_CHECK)' };
  if (variable(surroundings, 'METADATA_SERVER_DETECTION') === 'none')
    return { looked: 'no metadata server (METADATA_SERVER_DETECTION)' };
  const account = `http://${metadataHost(surroundings)}/computeMetadata/v1/instance/service-accounts/default`;
  let email: string;
  try {
    const answer = await transport.send({
      method: 'GET',
      url: `${account}/email`,
      headers: FLAVOR,
      timeoutMs: PRESENT_TIMEOUT_MS,
      attempts: 'one',
    });
    if (answer.headers.get('metadata-flavor') !== 'Google') throw new TypeError('another server');
    email = z.string().min(1).parse(answer.body).trim();
  } catch (error) {
    return googleRefusal(error).status === 404
      ? { looked: 'the metadata server (which knows no service account of this machine)' }
      : { looked: 'the metadata server (no answer)' };
  }
  // On GKE, a service account of the cluster that has no Google one is named by its workload identity pool.
  const isPool = email.endsWith('.svc.id.goog');
  const source = isPool ? 'the workload identity of the pod' : 'the metadata server';
  try {
    const query = new URLSearchParams({ scopes: GOOGLE_SCOPES.join(',') });
    const answer = await transport.send({
      method: 'GET',
      url: `${account}/token?${query.toString()}`,
      headers: FLAVOR,
      timeoutMs: TOKEN_TIMEOUT_MS,
    });
    const { access_token: text, expires_in: seconds } = tokenSchema.parse(answer.body);
    const endsAt = endAfter(context, seconds);
    return { token: { text, endsAt }, source, ...(isPool ? {} : { email }), warnings: [] };
  } catch (error) {
    const refusal = googleRefusal(error);
    if (refusal.status === 403 || refusal.status === 404)
      throw googleCredentialProblem(
        `The metadata server gives no token of ${email} (HTTP ${refusal.status}).`,
        "Let the pod's service account use it: the annotation iam.gke.io/gcp-service-account, and roles/iam.workloadIdentityUser on the Google service account.",
        refusal,
      );
    throw googleFailure(refusal, { call: `a token of ${email}`, source, skewMs: undefined });
  }
};
