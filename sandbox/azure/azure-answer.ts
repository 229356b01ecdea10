import type { ServerResponse } from 'node:http';
import type { AzureClock } from './azure-clock.ts';

/** What one of Azure's services answers. */
export interface AzureAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Writes it as JSON, with the stand-in's own time as its Date. */
export const writeAnswer = (answer: AzureAnswer, response: ServerResponse, clock: AzureClock): void => {
  const text = JSON.stringify(answer.body);
  response.sendDate = false;
  response.writeHead(answer.status, {
    date: clock.now().toUTCString(),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-ms-request-id': crypto.randomUUID(),
    ...answer.headers,
  });
  response.end(text);
};
