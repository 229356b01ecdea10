import type { ClientSecretCredentialOptions, TokenCredential } from '@azure/identity';
import { azureCredentialProblem, azureNotReached } from './azure-failure.ts';
import { retried } from './azure-retry.ts';
import { azureSkewMs } from './azure-skew.ts';
import type { AzureSurroundings } from './azure-surroundings.ts';
import type { AzureToken } from './azure-token.ts';
import { type EntraAsk, type EntraRefusal, entraFailure } from './entra-failure.ts';

/** By what an app proves to Entra ID that it is itself. */
export type EntraProof =
  | { readonly kind: 'secret'; readonly secret: string }
  /** PEM: certificate and private key. */
  | { readonly kind: 'certificate'; readonly pem: string; readonly password: string | undefined }
  /** A token that another issuer signed, such as a cluster for a service account. */
  | { readonly kind: 'federated token'; readonly assertion: string };

export interface EntraRequest extends Omit<EntraAsk, 'authority' | 'proof'> {
  readonly proof: EntraProof;
}

type Policy = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>[number]['policy'];

/** What came over the wire: the library's own errors quote answers, and hide the status. */
interface Heard {
  refusal?: EntraRefusal;
  error?: unknown;
}

const ANSWER_TIMEOUT_MS = 6_000;

/** Sends the library's requests through the proxy of the environment, bounded and retried, and remembers the last answer. */
const ourWay = (heard: Heard, { agents, clock }: AzureSurroundings): Policy => ({
  name: 'firebreak',
  sendRequest: async (request, next) => {
    request.agent = agents.apis;
    request.timeout = ANSWER_TIMEOUT_MS;
    try {
      const answer = await retried(
        clock,
        () => next(request),
        ({ status, headers }) => ({ status, retryAfter: headers.get('retry-after') }),
      );
      heard.refusal = {
        status: answer.status,
        text: answer.bodyAsText ?? '',
        retryAfter: answer.headers.get('retry-after'),
        skewMs: azureSkewMs(answer.headers.get('date'), clock.now()),
      };
      return answer;
    } catch (error) {
      heard.error = error;
      throw error;
    }
  },
});

const credentialFor = async (
  { tenantId, clientId, proof }: EntraRequest,
  options: ClientSecretCredentialOptions,
): Promise<TokenCredential> => {
  // The package's other credentials, which start programs, are never made.
  const { ClientAssertionCredential, ClientCertificateCredential, ClientSecretCredential } = await import(
    '@azure/identity'
  );
  switch (proof.kind) {
    case 'secret':
      return new ClientSecretCredential(tenantId, clientId, proof.secret, options);
    case 'certificate':
      return new ClientCertificateCredential(
        tenantId,
        clientId,
        {
          certificate: proof.pem,
          ...(proof.password === undefined ? {} : { certificatePassword: proof.password }),
        },
        options,
      );
    case 'federated token':
      return new ClientAssertionCredential(tenantId, clientId, async () => proof.assertion, options);
  }
};

/**
 * Asks Entra ID for a token of an app, by the client credentials flow. The library's object is made for one request, so
 * that none keeps a token that was forgotten here. Throws `cluster-credentials`, `cluster-unreachable`,
 * `cluster-throttled`, `cluster-untrusted`, `cluster-answer`.
 */
export const entraToken = async (
  wanted: EntraRequest,
  authority: string,
  surroundings: AzureSurroundings,
): Promise<AzureToken> => {
  const heard: Heard = {};
  const credential = await credentialFor(wanted, {
    authorityHost: authority,
    // The authority is one of three that are written in this program: nobody has to be asked whether it is real.
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy: ourWay(heard, surroundings), position: 'perRetry' }],
  });
  try {
    const token = await credential.getToken(wanted.scope);
    if (token === null) throw new Error('no token');
    const lifeMs = token.expiresOnTimestamp - Date.now();
    return { text: token.token, endsAt: new Date(surroundings.clock.now().getTime() + lifeMs) };
  } catch (error) {
    const { refusal } = heard;
    if (heard.error !== undefined)
      throw azureNotReached(heard.error, `the token request of the app ${wanted.clientId}`);
    if (refusal === undefined)
      throw azureCredentialProblem(
        `No token request could be made with ${wanted.source}.`,
        'Check the ids of app and tenant, and what proves the app: its secret, certificate or token.',
        error instanceof Error ? error.name : undefined,
      );
    throw entraFailure(refusal, { ...wanted, authority, proof: wanted.proof.kind });
  }
};
