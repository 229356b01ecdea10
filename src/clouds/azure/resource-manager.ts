import { z } from 'zod';
import { Kept } from '../access/kept.ts';
import { azureHosts } from './azure-cloud.ts';
import { azureNotReached } from './azure-failure.ts';
import { azureRequest } from './azure-request.ts';
import { retried } from './azure-retry.ts';
import { azureSkewMs } from './azure-skew.ts';
import type { AzureSource } from './azure-source.ts';
import type { AzureSurroundings } from './azure-surroundings.ts';
import type { AzureToken } from './azure-token.ts';

export interface ArmCall {
  readonly method: 'GET' | 'POST';
  /** Below the host, percent-encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** For sentences: `managedClusters/read`. */
  readonly name: string;
}

export interface ArmAnswer {
  readonly status: number;
  /** Of an error; empty otherwise. */
  readonly code: string;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
  /** Milliseconds that Azure's clock is ahead of ours, where that is too much. */
  readonly skewMs: number | undefined;
}

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 8_000;
const RENEW_BEFORE_END_MS = 5 * 60_000;
const USELESS_BEFORE_END_MS = 60_000;

/** Source: Azure REST API reference, common error response. */
const errorSchema = z.object({ error: z.object({ code: z.string() }) });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Azure Resource Manager, asked as one identity. Its token is kept until before it ends. */
export class ResourceManager {
  readonly #source: AzureSource;
  readonly #surroundings: AzureSurroundings;
  readonly #token: Kept<AzureToken>;

  constructor(source: AzureSource, surroundings: AzureSurroundings) {
    this.#source = source;
    this.#surroundings = surroundings;
    this.#token = new Kept({
      clock: surroundings.clock,
      renewBeforeEndMs: RENEW_BEFORE_END_MS,
      uselessBeforeEndMs: USELESS_BEFORE_END_MS,
      fetch: async () => {
        const value = await this.#source.token(azureHosts(surroundings.cloud).resourceManagerScope);
        return { value, endsAt: value.endsAt };
      },
    });
  }

  /** The token of the last call, for who it says it is for. */
  get lastToken(): string | undefined {
    return this.#token.last?.text;
  }

  /** Gives refusals as answers. Throws what a token's source throws, and `cluster-unreachable`, `cluster-untrusted`. */
  async call(call: ArmCall): Promise<ArmAnswer> {
    const answer = await this.#once(call);
    if (answer.status !== 401) return answer;
    // A token that was revoked, or was made before the identity got its rights.
    this.#token.forget();
    return this.#once(call);
  }

  async #once({ method, path, query, name }: ArmCall): Promise<ArmAnswer> {
    const { cloud, clock, agents } = this.#surroundings;
    const token = await this.#token.get();
    const url = new URL(path, azureHosts(cloud).resourceManager);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const headers = { authorization: `Bearer ${token.text}`, 'user-agent': 'firebreak' };
    const times = { connectMs: CONNECT_TIMEOUT_MS, totalMs: ANSWER_TIMEOUT_MS };
    const answer = await retried(
      clock,
      () => azureRequest({ method, url, headers, agent: agents.apis, ...times }),
      (got) => ({ status: got.status, retryAfter: got.headers['retry-after'] }),
    ).catch((error: unknown) => {
      throw azureNotReached(error, name);
    });
    const body = parsed(answer.text);
    const error = errorSchema.safeParse(body);
    return {
      status: answer.status,
      code: error.success ? error.data.error.code : '',
      body,
      retryAfter: answer.headers['retry-after'],
      skewMs: azureSkewMs(answer.headers.date, clock.now()),
    };
  }
}
