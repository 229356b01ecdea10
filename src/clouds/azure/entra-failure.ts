import { z } from 'zod';
import { FirebreakError, type FirebreakErrorInit } from '../../core/firebreak-error.ts';
import { CLOCK_NEXT, skewText } from '../access/clock-skew.ts';
import { azureCause, azureForeign, azureOutage } from './azure-failure.ts';

/** What Entra ID answered instead of a token. */
export interface EntraRefusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
  /** Milliseconds that Entra ID's clock is ahead of ours, where that is too much. */
  readonly skewMs: number | undefined;
}

/** Who asked for what. */
export interface EntraAsk {
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly scope: string;
  /** Where the credentials came from, for people. */
  readonly source: string;
  readonly proof: 'secret' | 'certificate' | 'federated token';
}

type Told = Pick<FirebreakErrorInit, 'message' | 'next'>;

/** Source: Microsoft identity platform, OAuth 2.0 client credentials flow, error response. */
const refusalSchema = z.object({
  error: z.string().optional(),
  error_codes: z.array(z.number()).optional(),
});

const parsed = (text: string): z.infer<typeof refusalSchema> => {
  try {
    return refusalSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
};

/**
 * One sentence for each AADSTS code of an app that signs in by itself. Sources: Microsoft Entra authentication error
 * codes; "Configure an application to trust a managed identity", for the audiences of the clouds; Entra Workload ID,
 * flags of the webhook.
 */
const told = (
  code: number,
  { tenantId, clientId, scope, authority, source, proof }: EntraAsk,
  skewMs: number | undefined,
): Told | undefined => {
  const app = `the app ${clientId}`;
  switch (code) {
    case 7000215:
      return {
        message: `Entra ID did not accept the client secret of ${app}.`,
        next: "Put the secret's value there, not its id, as it was shown when it was made; or use workload identity, which has no secret.",
      };
    case 7000222:
      return {
        message: `The client secret of ${app} has expired.`,
        next: 'Make a new one in the app registration; or use workload identity, which has no secret.',
      };
    case 700016:
      return {
        message: `Entra ID knows no app ${clientId} in the tenant ${tenantId}.`,
        next: 'Check clientId or AZURE_CLIENT_ID, tenantId or AZURE_TENANT_ID, and that the app was consented to in that tenant.',
      };
    case 7000112:
      return {
        message: `The app ${clientId} is disabled in the tenant ${tenantId}.`,
        next: 'Enable it in Entra ID.',
      };
    case 90002:
    case 900023:
      return {
        message: `Entra ID at ${new URL(authority).host} knows no tenant ${tenantId}.`,
        next: 'Check tenantId or AZURE_TENANT_ID, and `cloud`: public, usgov and china have tenants of their own.',
      };
    case 70021:
    case 700211:
    case 700212:
    case 700213: {
      const part =
        { 700211: 'issuer', 700212: 'audience', 700213: 'subject' }[code as 700211] ?? 'issuer and subject';
      return {
        message: `The app ${clientId} has no federated credential for the ${part} of the pod's token (AADSTS${code}).`,
        next: "Add one whose issuer is the OpenID Connect issuer of the cluster that Firebreak runs in, whose subject is system:serviceaccount:<namespace>:<service account>, and whose audience is that of the pod's token: api://AzureADTokenExchange, unless the webhook was given another, such as api://AzureADTokenExchangeUSGov or api://AzureADTokenExchangeChina. A new one takes a minute.",
      };
    }
    case 700024:
      if (skewMs !== undefined)
        return {
          message: `Entra ID did not accept what was signed for ${app}: the clock of this machine is ${skewText(skewMs)} Entra ID's.`,
          next: CLOCK_NEXT,
        };
      return proof === 'federated token'
        ? {
            message: `The federated token for ${app} has expired (${source}).`,
            next: 'Check that the file is the mounted one, which the kubelet renews, and no copy of it.',
          }
        : undefined;
    case 700027:
      return {
        message: `Entra ID did not accept the certificate of ${app}.`,
        next: 'Upload this certificate to the app registration, and check that it has not expired.',
      };
    case 500011:
      return {
        message: `The tenant ${tenantId} has no app ${scope.replace(/\/\.default$/u, '')} that a token was asked for.`,
        next: "Check that tenantId is the tenant of the cluster's subscription, and `cloud`.",
      };
    case 53003:
      return {
        message: `A conditional access policy of the tenant ${tenantId} keeps ${app} from signing in here.`,
        next: 'Let the policy for workload identities allow this address.',
      };
    default:
      return undefined;
  }
};

/** Turns a refusal of Entra ID into a sentence. */
export const entraFailure = (refusal: EntraRefusal, ask: EntraAsk): FirebreakError => {
  const { status, text, skewMs } = refusal;
  const { error, error_codes: codes } = parsed(text);
  const aadsts = codes?.[0];
  const code = aadsts === undefined ? (error ?? 'no code').slice(0, 60) : `AADSTS${aadsts}`;
  const sentence = aadsts === undefined ? undefined : told(aadsts, ask, skewMs);
  if (sentence !== undefined)
    return new FirebreakError({ code: 'cluster-credentials', ...sentence, cause: azureCause(code, status) });
  const call = `the token request of the app ${ask.clientId}`;
  return (
    azureOutage(refusal, call, code) ??
    (error === undefined ? azureForeign(status, call) : undefined) ??
    new FirebreakError({
      code: 'cluster-credentials',
      message: `Entra ID refused a token for the app ${ask.clientId} (${code}, ${ask.source}).`,
      next: `Look the code up at https://login.microsoftonline.com/error${aadsts === undefined ? '' : `?code=${aadsts}`}.`,
      cause: azureCause(code, status),
    })
  );
};
