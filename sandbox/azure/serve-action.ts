import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AzureAnswer, writeAnswer } from './azure-answer.ts';
import type { AzureClock } from './azure-clock.ts';
import type { AzureAction, AzureFaults } from './azure-faults.ts';

export interface ActionInit {
  readonly clock: AzureClock;
  readonly faults: AzureFaults;
  readonly record: (action: AzureAction) => void;
  /** The answer of a fault, in the service's own shape. */
  readonly failed: (status: 429 | 500) => unknown;
}

/** Answers one call of an action, or lets the fault happen that is planned for it. */
export const serveAction = (
  action: AzureAction,
  answer: () => AzureAnswer,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { clock, faults, record, failed }: ActionInit,
): void => {
  record(action);
  const fault = faults.take(action);
  switch (fault?.kind) {
    case 'hang':
      break;
    case 'drop connection':
      request.socket.destroy();
      break;
    case 'throttle': {
      const headers =
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      writeAnswer({ status: 429, headers, body: failed(429) }, response, clock);
      break;
    }
    case 'foreign answer':
      response
        .writeHead(fault.status, { 'content-type': 'text/html' })
        .end('<html>Sign in to the proxy</html>');
      break;
    case 'server error':
      writeAnswer({ status: 500, body: failed(500) }, response, clock);
      break;
    case undefined:
      writeAnswer(answer(), response, clock);
  }
};
