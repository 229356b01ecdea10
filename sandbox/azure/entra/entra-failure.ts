import { randomUUID } from 'node:crypto';
import type { AzureAnswer } from '../azure-answer.ts';

/** The OAuth error and the sentence of each code. Source: Microsoft Entra authentication and authorization error codes. */
const REFUSALS = {
  7000215: [
    401,
    'invalid_client',
    'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app',
  ],
  7000222: [401, 'invalid_client', 'The provided client secret keys for app are expired.'],
  700016: [400, 'unauthorized_client', 'Application was not found in the directory.'],
  7000112: [401, 'unauthorized_client', 'Application is disabled.'],
  90002: [
    400,
    'invalid_request',
    'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
  ],
  700211: [
    401,
    'invalid_client',
    'No matching federated identity record found for presented assertion issuer.',
  ],
  700212: [
    401,
    'invalid_client',
    'No matching federated identity record found for presented assertion audience.',
  ],
  700213: [
    401,
    'invalid_client',
    'No matching federated identity record found for presented assertion subject.',
  ],
  700024: [401, 'invalid_client', 'Client assertion is not within its valid time range.'],
  700027: [
    401,
    'invalid_client',
    'The certificate with identifier used to sign the client assertion is not registered on application.',
  ],
  500011: [400, 'invalid_resource', 'The resource principal was not found in the tenant.'],
  53003: [400, 'access_denied', 'Access has been blocked by Conditional Access policies.'],
  900144: [400, 'invalid_request', 'The request body must contain the following parameter.'],
} as const;
export type EntraCode = keyof typeof REFUSALS;

/** A refusal of the token endpoint, with what it quotes of the request. */
export const entraRefusal = (code: EntraCode, quoted: string, now: Date): AzureAnswer => {
  const [status, error, sentence] = REFUSALS[code];
  const trace = randomUUID();
  const correlation = randomUUID();
  const timestamp = now.toISOString().replace('T', ' ').replace(/\.\d+/u, '');
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${sentence} '${quoted}'. Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    },
  };
};
