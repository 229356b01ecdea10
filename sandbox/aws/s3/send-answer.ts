import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ConnectionCut } from './faults/connection-cut.ts';
import type { Answer } from './protocol/answer.ts';
import type { S3Error } from './protocol/s3-error.ts';
import { element, errorDocument } from './protocol/write-xml.ts';
import { lengthOf, readSegments, sliceSegments } from './state/segments.ts';

/** Sends what an operation answered. A HEAD gets the headers alone. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  const text = Buffer.from(answer.text ?? '', 'utf8');
  const segments = answer.segments ?? [];
  const length = answer.segments === undefined ? text.length : lengthOf(segments);
  response.statusCode = answer.status;
  if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', String(length));
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    if (value !== undefined) response.setHeader(name, value);
  if (request.method === 'HEAD' || answer.segments === undefined) {
    response.end(request.method === 'HEAD' ? undefined : text);
    return;
  }
  if (answer.cutAfterBytes === undefined) return pipeline(readSegments(segments), response);
  const sent = sliceSegments(segments, 0, answer.cutAfterBytes);
  await pipeline(readSegments(sent), response, { end: false });
  throw new ConnectionCut('cut in the answer');
}

/** Sends a refusal as S3 writes it; a HEAD has no body to say more than the status. */
export async function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: S3Error,
  requestId: string,
): Promise<void> {
  const text = errorDocument([
    element('Code', error.code),
    element('Message', error.message),
    ...Object.entries(error.fields).map(([name, value]) => element(name, value)),
    element('RequestId', requestId),
    element('HostId', 'stand-in'),
  ]);
  await sendAnswer(request, response, {
    status: error.status,
    headers: {
      'content-type': error.status === 304 ? undefined : 'application/xml',
      ...error.headers,
    },
    ...(error.status === 304 ? {} : { text }),
  });
}
