import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface AzureRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  /** Milliseconds until a connection stands. */
  readonly connectMs: number;
  /** Milliseconds until the whole answer is there. */
  readonly totalMs: number;
}

export interface AzureAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A cluster's description is a few kilobytes. */
const LARGEST_ANSWER_BYTES = 4 * 1024 ** 2;

/** Sends one request, once. Rejects with Node's error, or one with the code `ETIMEDOUT`. */
export const azureRequest = (wanted: AzureRequest): Promise<AzureAnswer> =>
  new Promise((resolve, reject) => {
    const { url, method, headers, agent, connectMs, totalMs } = wanted;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method,
      agent,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(method === 'POST' ? { 'content-length': 0 } : {}),
      },
    });
    const giveUp = (): void => {
      request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    };
    const connecting = setTimeout(giveUp, connectMs);
    const waiting = setTimeout(giveUp, totalMs);
    request.on('socket', (socket) => {
      const connected = (): void => clearTimeout(connecting);
      if (socket.connecting) socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
      else connected();
    });
    request.on('close', () => {
      clearTimeout(connecting);
      clearTimeout(waiting);
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > LARGEST_ANSWER_BYTES) request.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.end();
  });
