import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { type AdminServer, createAdminServer, type ReadinessCheck } from './admin-server.ts';
import { createMetrics } from './metrics.ts';

const servers: AdminServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const serve = async (...checks: readonly ReadinessCheck[]): Promise<number> => {
  const metrics = createMetrics();
  metrics.runEnded('acquire', 'succeeded', 3);
  metrics.proofRepeated('isolate', 'NOT ENFORCED');
  const server = createAdminServer(checks, metrics, { checkDeadlineMs: 50 });
  servers.push(server);
  return server.listen(0);
};

const get = async (port: number, path: string) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
};

test('is ready only when every check holds, and says each that does not', async () => {
  expect(await get(await serve(async () => undefined), '/readyz')).toEqual({
    status: 200,
    body: '{"ready":true,"problems":[]}\n',
  });
  const port = await serve(
    async () => 'Slack is not connected.',
    async () => undefined,
    async () => 'The database does not answer.',
  );
  const { status, body } = await get(port, '/readyz');
  expect(status).toBe(503);
  expect(JSON.parse(body)).toEqual({
    ready: false,
    problems: ['Slack is not connected.', 'The database does not answer.'],
  });
});

test('is not ready when a check fails or never answers, and stays alive', async () => {
  const port = await serve(
    () => Promise.reject(new Error('secret detail')),
    () => new Promise(() => undefined),
  );
  const { status, body } = await get(port, '/readyz');
  expect(status).toBe(503);
  expect(JSON.parse(body).problems).toEqual(['A check failed.', 'A check did not end in time.']);
  expect(body).not.toContain('secret detail');
  expect(await get(port, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
});

test('shows how runs ended to Prometheus', async () => {
  const { status, body } = await get(await serve(), '/metrics');
  expect(status).toBe(200);
  expect(body).toContain('firebreak_runs_ended_total{verb="acquire",state="succeeded"} 1');
  expect(body).toContain('firebreak_proofs_repeated_total{verb="isolate",verdict="NOT ENFORCED"} 1');
});

test.each(['//', '/nothing', 'http://[', '/%', '*'])('answers a request for %s', async (target) => {
  const port = await serve();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[04] /);
  expect((await get(port, '/healthz')).status).toBe(200);
});
