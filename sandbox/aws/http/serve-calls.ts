import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsClock } from '../clock.ts';
import type { AwsAnswer, AwsCall } from './aws-call.ts';
import type { AwsFault } from './aws-faults.ts';

export interface ServedService {
  /** What the call asks for, as IAM names it; before anything about it is believed. */
  readonly actionOf: (call: AwsCall) => string;
  readonly answer: (call: AwsCall) => AwsAnswer;
  /** The answer of a fault, in the service's own shape. */
  readonly failed: (kind: 'throttle' | 'server error') => AwsAnswer;
}

export interface ServeInit {
  readonly clock: AwsClock;
  readonly fault: (action: string) => AwsFault | undefined;
  readonly record: (action: string, call: AwsCall) => void;
}

export interface Serving {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves one service over HTTP on 127.0.0.1. Every answer carries the stand-in's own time as its Date. */
export async function serveCalls(service: ServedService, init: ServeInit): Promise<Serving> {
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) => handleCall(request, body, response, service, init))
      .catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers one request, or meets it with the fault that holds. */
export async function handleCall(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  service: ServedService,
  { clock, fault: faultOf, record }: ServeInit,
): Promise<void> {
  const call: AwsCall = {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.headersDistinct,
    body: body.toString('utf8'),
  };
  const action = service.actionOf(call);
  record(action, call);
  const fault = faultOf(action);
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'drop connection':
      request.socket.destroy();
      return;
    case 'delay':
      await sleep(fault.ms);
      return write(service.answer(call), response, clock);
    case 'throttle':
    case 'server error':
      return write(service.failed(fault.kind), response, clock);
    case undefined:
      return write(service.answer(call), response, clock);
  }
}

function write(answer: AwsAnswer, response: ServerResponse, clock: AwsClock): void {
  response.sendDate = false;
  response.writeHead(answer.status, {
    date: clock.now().toUTCString(),
    'content-length': Buffer.byteLength(answer.body),
    'x-amzn-requestid': crypto.randomUUID(),
    ...answer.headers,
  });
  response.end(answer.body);
}
