import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

/** One thing that has to be true before this replica may be sent work. Resolves with a sentence when it is not. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<string | undefined>;

const CHECK_DEADLINE_MS = 3_000;

export interface AdminServer {
  /** Resolves with the port; 0 asks for any free one. */
  listen(port: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * `/healthz`: the process answers. `/readyz`: every check holds, 503 with the sentences otherwise. `/metrics`:
 * Prometheus text. It never faces Slack's side.
 */
export const createAdminServer = (checks: readonly ReadinessCheck[], metrics: Metrics): AdminServer => {
  const answer = async (path: string): Promise<{ status: number; type: string; body: string }> => {
    if (path === '/healthz') return { status: 200, type: 'text/plain', body: 'ok\n' };
    if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.scrape() };
    if (path !== '/readyz') return { status: 404, type: 'text/plain', body: 'not found\n' };
    const signal = AbortSignal.timeout(CHECK_DEADLINE_MS);
    const problems = (await Promise.all(checks.map((check) => check(signal)))).filter(
      (one) => one !== undefined,
    );
    return {
      status: problems.length === 0 ? 200 : 503,
      type: 'application/json',
      body: `${JSON.stringify({ ready: problems.length === 0, problems })}\n`,
    };
  };
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://admin.invalid').pathname;
    answer(path).then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body),
      () =>
        response
          .writeHead(500, { 'content-type': 'text/plain' })
          .end('the check itself failed; see the log\n'),
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
