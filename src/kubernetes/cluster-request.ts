import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { answerText, refusalText } from './answer-text.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import type { ClusterLimits } from './cluster-limits.ts';
import { timeoutError } from './dial-failure.ts';
import { exchange, type Method } from './http-exchange.ts';
import type { RequestHeaders } from './impersonation-headers.ts';
import { type Asked, statusFailure } from './status-failure.ts';

/** What every request of one client shares. */
export interface RequestContext {
  readonly connection: ClusterConnection;
  readonly limits: ClusterLimits;
  readonly clock: Clock;
  /** As whom each request is made; none where the client is itself. */
  readonly impersonation: RequestHeaders;
  /** Between 0 and 1: spreads the retries of several replicas. */
  readonly random: () => number;
}

export interface ApiRequest {
  readonly method: Method;
  /** Below the server's base path, encoded, with its query. */
  readonly path: string;
  readonly body?: unknown;
  /** Default `application/json`; a PATCH needs its own. */
  readonly contentType?: string;
  /** `repeatable`: a read, or a review that changes nothing. Only such a request is sent again after 429 and 503. */
  readonly repeatable: 'repeatable' | 'once';
  readonly asked: Omit<Asked, 'cluster' | 'filter'>;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** Retry-After in seconds, as the API server sends it (RFC 9110, 10.2.3); dates are not used there. */
const retryAfterMs = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/u.test(header) ? Number(header) * 1000 : undefined;

const isThrottled = (status: number | undefined): boolean => status === 429 || status === 503;

/** A request with its answer's head, authenticated, refusals thrown. The body is the caller's to read or destroy. */
const answered = async (
  context: RequestContext,
  request: ApiRequest,
  signal: AbortSignal,
  throttled: 'return throttled' | 'throw throttled',
): Promise<IncomingMessage> =>
  context.connection.call(signal, async ({ dialler, headers }) => {
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const answer = await exchange(
      dialler,
      {
        method: request.method,
        path: request.path,
        headers: {
          ...headers,
          ...context.impersonation,
          accept: 'application/json, */*;q=0.5',
          ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
        repeatable: request.repeatable,
        signal,
      },
      context.limits,
    );
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    if (throttled === 'return throttled' && isThrottled(status)) return answer;
    throw statusFailure(
      { status, body: await refusalText(answer, context.limits.refusalBytes) },
      { ...request.asked, cluster: context.connection.cluster, filter: context.connection.filter },
    );
  });

/**
 * The answer's stream, for a body that has no end of its own. Repeats a read on 429 and 503 until `retryMs` is over.
 * Throws what `status-failure.ts` and `dial-failure.ts` make of a failure.
 */
export const openAnswer = async (
  context: RequestContext,
  request: ApiRequest,
  signal: AbortSignal = request.signal,
): Promise<IncomingMessage> => {
  const { clock, limits } = context;
  const deadline = clock.monotonicMs() + limits.retryMs;
  for (let round = 0; ; round += 1) {
    const last = request.repeatable === 'once' || clock.monotonicMs() >= deadline;
    const answer = await answered(context, request, signal, last ? 'throw throttled' : 'return throttled');
    if (!isThrottled(answer.statusCode)) return answer;
    answer.resume();
    const pause =
      retryAfterMs(answer.headers['retry-after']) ?? Math.min(FIRST_PAUSE_MS * 2 ** round, LONGEST_PAUSE_MS);
    // Up to a quarter more, so that replicas that were refused together do not come back together.
    const jittered = pause * (1 + context.random() / 4);
    await clock.sleep(Math.max(0, Math.min(jittered, deadline - clock.monotonicMs())), signal);
  }
};

/** The whole JSON answer. Throws `cluster-answer` when it is not JSON or too large, `cluster-timeout` after `requestMs`. */
export const requestJson = async (context: RequestContext, request: ApiRequest): Promise<unknown> => {
  const { limits, connection } = context;
  const deadline = new AbortController();
  const timer = setTimeout(
    () => deadline.abort(timeoutError('request', limits.requestMs)),
    limits.retryMs + limits.requestMs,
  );
  const signal = AbortSignal.any([request.signal, deadline.signal]);
  try {
    const answer = await openAnswer(context, request, signal);
    const text = await answerText(answer, limits.answerBytes);
    return parseJson(text, connection.cluster);
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    throw connection.failure(deadline.signal.aborted ? deadline.signal.reason : error);
  } finally {
    clearTimeout(timer);
  }
};

const parseJson = (text: string, cluster: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new FirebreakError({
      code: 'cluster-answer',
      message: `Cluster ${cluster} answered with something that is not JSON.`,
      next: 'Check that the address is that of a Kubernetes API, without a login page or a gateway before it.',
    });
  }
};
