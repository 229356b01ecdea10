import type { IncomingHttpHeaders } from 'node:http';
import type { S3Operation } from './protocol/s3-operations.ts';

/** A request as it came; never its body, never its credentials. */
export interface RecordedRequest {
  /** The id that the answer carries in x-amz-request-id. */
  readonly id: string;
  /** Milliseconds since the epoch, of the stand-in's clock. */
  readonly at: number;
  readonly method: string;
  /** undefined for what the stand-in does not do. */
  readonly operation: S3Operation | undefined;
  readonly bucket: string;
  readonly key: string;
  /** Decoded, without the signature and the session token of a presigned request. */
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly accessKeyId: string | undefined;
  /** The status that was answered; 'cut' when the connection ended without an answer. */
  readonly outcome: number | 'cut' | 'open';
  /** S3's error code, where it was refused. */
  readonly error: string | undefined;
}

const SECRET = new Set(['authorization', 'x-amz-security-token', 'X-Amz-Signature', 'X-Amz-Security-Token']);

export type Begun = Pick<RecordedRequest, 'id' | 'at' | 'method' | 'operation' | 'bucket' | 'key'>;

/** Every request in the order in which they came. */
export class RecordedRequests {
  readonly #requests = new Map<string, RecordedRequest>();

  begin(begun: Begun, query: ReadonlyMap<string, string>, headers: IncomingHttpHeaders): void {
    this.#requests.set(begun.id, {
      ...begun,
      query: withoutSecrets([...query]),
      headers: withoutSecrets(
        Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]),
      ),
      accessKeyId: undefined,
      outcome: 'open',
      error: undefined,
    });
  }

  note(id: string, change: Partial<Pick<RecordedRequest, 'accessKeyId' | 'outcome' | 'error'>>): void {
    const request = this.#requests.get(id);
    if (request !== undefined) this.#requests.set(id, { ...request, ...change });
  }

  all(): readonly RecordedRequest[] {
    return [...this.#requests.values()];
  }
}

function withoutSecrets(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.filter(([name]) => !SECRET.has(name)));
}
