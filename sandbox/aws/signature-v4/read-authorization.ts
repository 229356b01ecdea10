import { type Headers, headerValue } from './headers.ts';
import { type QueryPair, queryValue } from './raw-query.ts';
import type { Scope } from './signing-key.ts';

/** What a request says about its own signature, before anything is believed. */
export interface Authorization {
  readonly place: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`, as it was signed. */
  readonly timestamp: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  /** Presigned only. */
  readonly expiresSeconds: number | undefined;
  readonly sessionToken: string | undefined;
}

export type ReadAuthorization =
  | { readonly kind: 'read'; readonly authorization: Authorization }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed'; readonly message: string };

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Reads the Authorization header, or the X-Amz-* parameters of a presigned URL. */
export function readAuthorization(headers: Headers, query: readonly QueryPair[]): ReadAuthorization {
  const header = headerValue(headers, 'authorization');
  const algorithm = queryValue(query, 'X-Amz-Algorithm');
  if (header !== undefined && algorithm !== undefined)
    return malformed('Only one auth mechanism allowed; the request has a header and query parameters');
  if (header !== undefined) return fromHeader(header, headers);
  if (algorithm === undefined) return { kind: 'missing' };
  if (algorithm !== ALGORITHM) return malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  return fromQuery(query);
}

function fromHeader(text: string, headers: Headers): ReadAuthorization {
  if (!text.startsWith(`${ALGORITHM} `)) return malformed('The authorization mechanism is not supported');
  const fields = new Map(
    text
      .slice(ALGORITHM.length + 1)
      .split(',')
      .map((part) => part.trim())
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
  return assemble({
    place: 'header',
    credential: fields.get('Credential'),
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
    timestamp: headerValue(headers, 'x-amz-date') ?? basicFormat(headerValue(headers, 'date')),
    expiresSeconds: undefined,
    sessionToken: headerValue(headers, 'x-amz-security-token'),
  });
}

function fromQuery(query: readonly QueryPair[]): ReadAuthorization {
  const expires = queryValue(query, 'X-Amz-Expires');
  if (expires === undefined || !/^\d{1,9}$/.test(expires))
    return malformed('X-Amz-Expires must be a number of seconds');
  return assemble({
    place: 'query',
    credential: queryValue(query, 'X-Amz-Credential'),
    signedHeaders: queryValue(query, 'X-Amz-SignedHeaders'),
    signature: queryValue(query, 'X-Amz-Signature'),
    timestamp: queryValue(query, 'X-Amz-Date'),
    expiresSeconds: Number(expires),
    sessionToken: queryValue(query, 'X-Amz-Security-Token'),
  });
}

interface Fields {
  readonly place: 'header' | 'query';
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly expiresSeconds: number | undefined;
  readonly sessionToken: string | undefined;
}

function assemble(fields: Fields): ReadAuthorization {
  const { credential = '', signedHeaders = '', signature = '', timestamp = '' } = fields;
  const parts = /^(.+)\/(\d{8})\/([^/]*)\/([^/]+)\/aws4_request$/.exec(credential);
  const [, accessKeyId, date, region, service] = parts ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined)
    return malformed('The Credential must be <access key id>/YYYYMMDD/REGION/SERVICE/aws4_request');
  if (!/^[0-9a-f]{64}$/.test(signature)) return malformed('The Signature must be 64 hexadecimal digits');
  const names = signedHeaders.split(';').filter((name) => name !== '');
  const signedAt = timeOf(timestamp);
  if (signedAt === undefined) return malformed('X-Amz-Date must be in the format YYYYMMDDTHHMMSSZ');
  return {
    kind: 'read',
    authorization: {
      place: fields.place,
      accessKeyId,
      scope: { date, region, service },
      signedHeaders: names,
      signature,
      timestamp,
      signedAt,
      expiresSeconds: fields.expiresSeconds,
      sessionToken: fields.sessionToken,
    },
  };
}

function timeOf(timestamp: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

// A client that can't set x-amz-date signs the Date header.
function basicFormat(date: string | undefined): string | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(time)) return undefined;
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

function malformed(message: string): ReadAuthorization {
  return { kind: 'malformed', message };
}
