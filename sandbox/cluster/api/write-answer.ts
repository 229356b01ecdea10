import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer.ts';

interface Flat {
  readonly code: number;
  readonly type: string | undefined;
  readonly body: string;
}

function flatten(answer: Exclude<Answer, { kind: 'stream' }>): Flat {
  switch (answer.kind) {
    case 'json':
      return { code: answer.code, type: 'application/json', body: JSON.stringify(answer.body) };
    case 'text':
      return {
        code: answer.code,
        type: answer.code === 200 ? 'text/plain' : 'text/plain; charset=utf-8',
        body: answer.body,
      };
    case 'empty':
      return { code: answer.code, type: undefined, body: '' };
  }
}

export function writeAnswer(answer: Answer, response: ServerResponse): void {
  if (answer.kind === 'stream') {
    response.writeHead(200, { 'content-type': answer.type });
    response.flushHeaders();
    const stop = answer.start(
      (text) => response.write(text),
      () => response.end(),
    );
    response.once('close', stop);
    return;
  }
  const { code, type, body } = flatten(answer);
  if (type !== undefined) response.setHeader('content-type', type);
  const warnings = answer.kind === 'json' ? (answer.warnings ?? []) : [];
  if (warnings.length > 0)
    response.setHeader(
      'warning',
      warnings.map((one) => `299 - ${JSON.stringify(one)}`),
    );
  response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(code);
  response.end(body);
}

/** The same on a connection that asked for an upgrade and does not get it. */
export function writeRefusal(answer: Exclude<Answer, { kind: 'stream' }>, socket: Duplex): void {
  const { code, type, body } = flatten(answer);
  const headers =
    type === undefined
      ? ''
      : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n`;
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\n${headers}\r\n${body}`);
}
