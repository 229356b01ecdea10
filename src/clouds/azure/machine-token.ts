import { z } from 'zod';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { azureCause, azureOutage } from './azure-failure.ts';
import { type AzureAnswer, azureRequest } from './azure-request.ts';
import { retried } from './azure-retry.ts';
import { type AzureSurroundings, azureVariable } from './azure-surroundings.ts';
import type { AzureToken } from './azure-token.ts';

/** The address of every Azure machine's metadata service. */
const MACHINE = 'http://169.254.169.254';
/** A link-local address takes a connection at once or never; the token itself may take seconds. */
const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 6_000;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number() });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * A token of the machine's managed identity: the one of the machine itself, or the user-assigned one of `clientId`.
 * Gives `no metadata service` where nothing answers like one. Asked for here and not by Azure's library, which would
 * read the process's own variables and try for more than a minute. Throws `cluster-credentials`, `cluster-throttled`,
 * `cluster-answer`. Source: Microsoft Learn, "How to use managed identities on an Azure VM to acquire an access token".
 */
export const machineToken = async (
  { scope, clientId }: { readonly scope: string; readonly clientId: string | undefined },
  surroundings: AzureSurroundings,
): Promise<AzureToken | 'no metadata service'> => {
  const { agents, clock } = surroundings;
  const base = azureVariable(surroundings, 'AZURE_POD_IDENTITY_AUTHORITY_HOST') ?? MACHINE;
  const url = new URL('/metadata/identity/oauth2/token', base);
  url.searchParams.set('api-version', '2018-02-01');
  url.searchParams.set('resource', scope.replace(/\/\.default$/u, ''));
  if (clientId !== undefined) url.searchParams.set('client_id', clientId);
  let answer: AzureAnswer;
  try {
    answer = await retried(
      clock,
      () =>
        azureRequest({
          ...{ method: 'GET', url, agent: agents.machine },
          headers: { metadata: 'true' },
          connectMs: CONNECT_TIMEOUT_MS,
          totalMs: ANSWER_TIMEOUT_MS,
        }),
      ({ status, headers }) => ({ status, retryAfter: headers['retry-after'] }),
    );
  } catch {
    return 'no metadata service';
  }
  const who = clientId === undefined ? 'a managed identity' : `the managed identity ${clientId}`;
  const body = parseJson(answer.text);
  const token = tokenSchema.safeParse(body);
  if (answer.status === 200 && token.success)
    return {
      text: token.data.access_token,
      endsAt: new Date(clock.now().getTime() + token.data.expires_in * 1_000),
    };
  // The service answers in JSON alone; something else at that address is not one.
  if (answer.status < 500 && answer.status !== 429 && body === undefined) return 'no metadata service';
  const hint = { status: answer.status, retryAfter: answer.headers['retry-after'] };
  throw (
    azureOutage(hint, `the token request of ${who} at the metadata service`, 'IMDS') ??
    new FirebreakError({
      code: 'cluster-credentials',
      message: `This machine has not ${who} (the metadata service answered HTTP ${answer.status}).`,
      next: 'Assign it to the virtual machine or scale set, or set clientId to the client id of one that is; in a pod, use workload identity.',
      cause: azureCause('IMDS', answer.status),
    })
  );
};
