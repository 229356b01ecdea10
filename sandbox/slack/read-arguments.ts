import type { IncomingMessage } from 'node:http';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';

const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** The whole body as text; throws when it is larger than any request that Slack accepts. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT_BYTES) throw new Error(`the body is larger than ${BODY_LIMIT_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Arguments that Slack takes as JSON inside a form field. */
const JSON_FIELDS = new Set(['blocks', 'metadata', 'attachments', 'view']);

/**
 * The arguments of a Web API call, from a JSON body, a form body or the query (docs.slack.dev, "Using the Web API").
 * Fields that hold JSON are parsed; a field that is not JSON stays a string and fails its own check later.
 */
export function readArguments(url: URL, contentType: string, body: string): JsonObject {
  if (contentType.includes('application/json')) {
    const parsed = parseJson(body);
    return isJsonObject(parsed) ? parsed : {};
  }
  const fields = [...url.searchParams, ...new URLSearchParams(body)];
  return Object.fromEntries(
    fields.map(([key, value]) => [key, JSON_FIELDS.has(key) ? (parseJson(value) ?? value) : value]),
  );
}

/** Whether an argument is set: forms say `1` or `true`, JSON says `true`. */
export function isSet(args: JsonObject, key: string): boolean {
  const value = args[key];
  return value === true || value === 1 || value === '1' || value === 'true';
}
