import { gaxios } from 'google-auth-library';
import { GoogleFetch } from './google-fetch.ts';
import { googleRefusal } from './google-refusal.ts';
import type { GoogleSurroundings } from './google-surroundings.ts';

/** Of one attempt, with its answer. */
const REQUEST_TIMEOUT_MS = 6_000;
/** Of a refusal that another attempt can turn; without any answer one more attempt is made, to stay within a connection's 30 s. */
const RETRIES = 2;
const RETRIES_WITHOUT_ANSWER = 1;
const FIRST_BACKOFF_MS = 250;

export interface GoogleRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeoutMs?: number;
  readonly attempts?: 'one';
}

export interface GoogleAnswer {
  readonly body: unknown;
  readonly headers: Headers;
}

/** Sends the calls to Google's APIs, through the proxy of the environment; refusals for a moment are tried again, with jitter. */
export class GoogleTransport {
  /** In the shape that the library's clients take. */
  readonly gaxios: gaxios.Gaxios;
  readonly #fetch: GoogleFetch;

  constructor(surroundings: GoogleSurroundings) {
    this.#fetch = new GoogleFetch(surroundings);
    const { signal } = new AbortController();
    this.gaxios = new gaxios.Gaxios({
      fetchImplementation: this.#fetch.fetch,
      timeout: REQUEST_TIMEOUT_MS,
      retry: true,
      retryConfig: {
        retry: RETRIES,
        noResponseRetries: RETRIES_WITHOUT_ANSWER,
        httpMethodsToRetry: ['GET', 'POST'],
        statusCodesToRetry: [
          [408, 408],
          [429, 429],
          [500, 599],
        ],
        retryBackoff: ({ config }) => {
          const most = FIRST_BACKOFF_MS * 2 ** (config.retryConfig?.currentRetryAttempt ?? 1);
          return surroundings.clock.sleep(most * (0.5 + Math.random() / 2), signal);
        },
      },
    });
  }

  /** Milliseconds that Google's clock is ahead of ours, where that is worth a word. */
  get skewMs(): number | undefined {
    return this.#fetch.skewMs;
  }

  /** Throws `GoogleRefusal`, and `config-invalid` for what may not be asked. */
  async send({
    method,
    url,
    headers,
    json,
    form,
    timeoutMs,
    attempts,
  }: GoogleRequest): Promise<GoogleAnswer> {
    try {
      const answer = await this.gaxios.request<unknown>({
        method,
        url,
        ...(headers === undefined ? {} : { headers: { ...headers } }),
        ...(json === undefined ? {} : { data: json }),
        ...(form === undefined ? {} : { data: new URLSearchParams(form) }),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
        ...(attempts === undefined ? {} : { retryConfig: { retry: 0 } }),
        responseType: 'json',
      });
      return { body: answer.data, headers: answer.headers };
    } catch (error) {
      throw googleRefusal(error);
    }
  }
}
