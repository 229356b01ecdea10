import { FirebreakError, type FirebreakErrorInit } from '../../core/firebreak-error.ts';
import { isCertificateCode } from '../access/certificate-code.ts';
import { retryAfterMs } from './azure-retry.ts';

const text = (error: unknown, key: 'name' | 'code'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  return typeof value === 'string' ? value : '';
};

/** What is kept of an answer of Azure: its code and status. Its own text stays out, because it can quote what was sent. */
export const azureCause = (code: string, status?: number): Error =>
  Object.assign(new Error(code), { azure: code, ...(status === undefined ? {} : { status }) });

/** A failure of the credentials that has a sentence of its own. */
export const azureCredentialProblem = (message: string, next: string, code?: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-credentials',
    message,
    next,
    ...(code === undefined ? {} : { cause: azureCause(code) }),
  });

/** A call to Azure that got no answer at all. `call` begins the sentence's object: `the token endpoint of …`. */
export const azureNotReached = (error: unknown, call: string): FirebreakError => {
  const name = text(error, 'code') || text(error, 'name') || 'unknown';
  // Azure's library calls its own time-out so.
  const code = name === 'AbortError' ? 'ETIMEDOUT' : name;
  const init: Omit<FirebreakErrorInit, 'cause'> = isCertificateCode(code)
    ? {
        code: 'cluster-untrusted',
        message: `The server that answered ${call} has no certificate that is trusted as Azure's (${code}).`,
        next: 'If a proxy here opens TLS, give its CA to Firebreak in NODE_EXTRA_CA_CERTS; otherwise check HTTPS_PROXY.',
      }
    : {
        code: 'cluster-unreachable',
        message: `Azure did not answer ${call}: no connection in time (${code}).`,
        next: "Check this machine's way to Azure's APIs: HTTPS_PROXY, NO_PROXY, a firewall, name resolution.",
        retry: 'retry can help',
      };
  return new FirebreakError({ ...init, cause: azureCause(code) });
};

/** Something answered that does not speak as Azure does, such as a proxy with a page of its own. */
export const azureForeign = (status: number, call: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-answer',
    message: `What was answered to ${call} (HTTP ${status}) is not an answer of Azure's.`,
    next: 'Check that no proxy answers in its place: HTTPS_PROXY, NO_PROXY.',
    cause: azureCause('foreign', status),
  });

/** Azure refused for a while, or failed by itself; `undefined` for an answer that means something else. */
export const azureOutage = (
  { status, retryAfter }: { readonly status: number; readonly retryAfter: string | undefined },
  call: string,
  code: string,
): FirebreakError | undefined => {
  if (status === 429) {
    const waitMs = retryAfterMs(retryAfter);
    return new FirebreakError({
      code: 'cluster-throttled',
      message: `Azure throttled ${call} (${code}).`,
      next: `Ask again in ${waitMs === undefined ? 'a minute' : `${Math.ceil(waitMs / 1_000)} seconds`}; others who use the same subscription or app share this limit.`,
      retry: 'retry can help',
      cause: azureCause(code, status),
    });
  }
  if (status >= 500)
    return new FirebreakError({
      code: 'cluster-answer',
      message: `Azure failed at ${call} (${code}, HTTP ${status}).`,
      next: "Ask again; if it stays so, look at Azure's status page.",
      retry: 'retry can help',
      cause: azureCause(code, status),
    });
  return undefined;
};

/** Azure was asked and gave no answer that settles anything: throttled, failing, or out of reach. */
export const isAzureOutage = (error: unknown): boolean =>
  error instanceof FirebreakError &&
  error.retry === 'retry can help' &&
  error.cause instanceof Error &&
  'azure' in error.cause;
