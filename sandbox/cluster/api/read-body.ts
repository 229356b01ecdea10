import type { IncomingMessage } from 'node:http';
import { protobufAsJson } from './protobuf-body.ts';

/** The API server's own bound: MaxRequestBodyBytes in k8s.io/apiserver, pkg/server/config.go. */
export const MAX_BODY_BYTES = 3 * 2 ** 20;

export interface Body {
  /** Text as sent; of protobuf, the JSON of the same object. */
  readonly text: string;
  /** Without its parameters; empty when the request names none. */
  readonly contentType: string;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/**
 * The body of a request. `gone`: the client went away in the middle of it. A DELETE's body is read only when its length
 * is said first, as observed on 1.36: without, the preconditions in it are not seen.
 */
export async function readBody(request: IncomingMessage): Promise<Body | 'gone' | 'too large'> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    return 'gone';
  }
  if (length > MAX_BODY_BYTES) return 'too large';
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  if (request.method === 'DELETE' && request.headers['content-length'] === undefined)
    return { text: '', contentType };
  const bytes = Buffer.concat(chunks);
  const decoded = contentType === PROTOBUF ? protobufAsJson(bytes) : undefined;
  return decoded === undefined
    ? { text: bytes.toString('utf8'), contentType }
    : { text: decoded, contentType: 'application/json' };
}
