import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

/** One thing that has to be true before this replica may be sent work. Resolves with a sentence when it is not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<string | undefined>;

/** Shorter than the time a prober waits. */
const CHECK_DEADLINE_MS = 3_000;

export interface AdminServerLimits {
  readonly checkDeadlineMs: number;
}

export interface AdminServer {
  /** Resolves with the port; 0 asks for any free one. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * `/healthz`: the process answers. `/readyz`: every check holds, 503 with the sentences otherwise. `/metrics`:
 * Prometheus text. It never faces Slack's side.
 */
export const createAdminServer = (
  checks: readonly ReadinessCheck[],
  metrics: Metrics,
  { checkDeadlineMs }: AdminServerLimits = { checkDeadlineMs: CHECK_DEADLINE_MS },
): AdminServer => {
  const answer = async (path: string): Promise<{ status: number; type: string; body: string }> => {
    if (path === '/healthz') return { status: 200, type: 'text/plain', body: 'ok\n' };
    if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.scrape() };
    if (path !== '/readyz') return { status: 404, type: 'text/plain', body: 'not found\n' };
    const signal = AbortSignal.timeout(checkDeadlineMs);
    const problems = (await Promise.all(checks.map((check) => outcome(check, signal)))).filter(
      (one) => one !== undefined,
    );
    return {
      status: problems.length === 0 ? 200 : 503,
      type: 'application/json',
      body: `${JSON.stringify({ ready: problems.length === 0, problems })}\n`,
    };
  };
  const server: Server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    answer(path).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500, { 'content-type': 'text/plain' }).end('failed\n'),
    );
  });
  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, () => resolve((server.address() as AddressInfo).port));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** A check that fails or never ends is a reason not to be ready, not a reason to give no answer. */
const outcome = async (check: ReadinessCheck, signal: AbortSignal): Promise<string | undefined> => {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const onAbort = (): void => resolve('A check did not end in time.');
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([check(signal), late]);
  } catch {
    return 'A check failed.';
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};
