import type { RequestListener } from 'node:http';
import { setTimeout as realSleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ApiServer,
  sendJson,
  sendStatus,
  startApiServer,
} from '../../test/contracts/cloud-api-server.ts';
import { createTestAuthority } from '../../test/contracts/cloud-certificates.ts';
import { clientOf, fixedAccess, TestClock } from '../../test/kubernetes/client-of.ts';
import { recordedBody, recordedHeaders, recording } from '../../test/kubernetes/recording.ts';
import type { ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { ClusterClientOptions, KubernetesClient } from './cluster-client.ts';
import type { Method } from './http-exchange.ts';

const signal = new AbortController().signal;
const PODS: ResourcePath = { group: '', version: 'v1', namespace: 'rec', resource: 'pods' };
const POD: ResourcePath = { ...PODS, name: 'multi' };

const closers: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const start = async (
  answer: RequestListener,
  more: Partial<ClusterClientOptions> = {},
): Promise<{ readonly api: ApiServer; readonly client: KubernetesClient; readonly caPem: string }> => {
  const authority = createTestAuthority('rest');
  const api = await startApiServer(authority.issue(['127.0.0.1']), answer);
  const client = clientOf(fixedAccess(api.url, authority.caPem), more);
  closers.push(api.close, client.close);
  return { api, client, caPem: authority.caPem };
};
const failureOf = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const error = await promise.then(
    (value) => value,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FirebreakError) return error;
  throw new Error(`not a FirebreakError: ${String(error)}`);
};

describe('what a real cluster answered', () => {
  it.each([
    ['get-pod-404', 'not-found', /pods "ghost" not found/u],
    [
      'get-pod-403',
      'not-allowed',
      /Firebreak may not list secrets in namespace rec of cluster lab: .*Grant list secrets/u,
    ],
    ['label-pod-stale', 'conflict', /changed the object/u],
    ['label-pod-wrong-uid', 'object-invalid', /field is immutable/u],
    ['label-invalid', 'object-invalid', /found the object invalid/u],
    ['evict-429', 'cluster-throttled', /disruption budget/u],
    ['delete-wrong-uid', 'conflict', /UID in the precondition/u],
  ] as const)('turns %s into a sentence', async (name, code, says) => {
    const played = recording(name);
    let requests = 0;
    const { client } = await start((_request, response) => {
      requests += 1;
      response.writeHead(played.response?.status ?? 0, recordedHeaders(played)).end(recordedBody(played));
    });
    const [, , , namespace, resource = '', object, subresource] = (played.request.path ?? '')
      .split(/[/?]/u)
      .slice(1);
    const error = await failureOf(
      client.request({
        method: (played.request.method ?? 'GET') as Method,
        path: {
          group: '',
          version: 'v1',
          resource,
          ...(namespace === undefined ? {} : { namespace }),
          ...(object === undefined ? {} : { name: object }),
          ...(subresource === undefined ? {} : { subresource }),
        },
        signal,
      }),
    );
    expect(error.code).toBe(code);
    expect(error.sentence).toMatch(says);
    expect(requests).toBe(1);
  });

  it('says that there is no previous log', async () => {
    const played = recording('logs-previous-none');
    const { client } = await start((request, response) => {
      expect(request.url).toBe(`${played.request.path?.replace('previous', 'timestamps=true&previous')}`);
      response.writeHead(400, recordedHeaders(played)).end(recordedBody(played));
    });
    const asked = client.logs(
      { namespace: 'rec', pod: 'multi', container: 'app', instance: 'previous' },
      signal,
    );
    expect((await failureOf(asked)).code).toBe('not-found');
  });

  it.each([
    ['ssar-allowed', true],
    ['ssar-denied', false],
  ])('reads %s', async (name, allowed) => {
    const played = recording(name);
    const bodies: unknown[] = [];
    const { client } = await start((request, response) => {
      expect(`${request.method} ${request.url}`).toBe(`${played.request.method} ${played.request.path}`);
      request.on('data', (data: Buffer) => bodies.push(JSON.parse(data.toString())));
      request.on('end', () => response.writeHead(201).end(recordedBody(played)));
    });
    const permission = { verb: 'create', group: '', resource: 'pods', subresource: 'exec' } as const;
    expect(await client.allowed(permission, { namespace: 'rec' }, signal)).toBe(allowed);
    expect(bodies).toMatchObject([
      {
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb: 'create', subresource: 'exec' } },
      },
    ]);
  });

  it('takes no other answer for a permission', async () => {
    const { client } = await start((_request, response) => sendJson(response, 201, { status: {} }));
    const permission = { verb: 'get', group: '', resource: 'pods' } as const;
    expect((await failureOf(client.allowed(permission, {}, signal))).code).toBe('cluster-answer');
  });

  it('reads the version', async () => {
    const { client } = await start((_request, response) => response.end(recordedBody(recording('version'))));
    expect(await client.version(signal)).toBe('v1.36.2');
  });
});

describe('requests', () => {
  it('sends the body of a DELETE with Content-Length and never chunked', async () => {
    const seen: Array<{ readonly headers: object; readonly body: string }> = [];
    const { client } = await start((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        sendJson(response, 200, {});
      });
    });
    const body = { kind: 'DeleteOptions', preconditions: { uid: 'ü-1' } };
    await client.request({ method: 'DELETE', path: POD, body, signal });
    await client.get(POD, signal);
    expect(seen[0]?.body).toBe(JSON.stringify(body));
    expect(seen[0]?.headers).toMatchObject({
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
      'content-type': 'application/json',
    });
    expect(seen[0]?.headers).not.toHaveProperty('transfer-encoding');
    expect(seen[1]?.body).toBe('');
  });

  it.each(['..', '.', '', 'a/b', 'a%2Fb', 'a\nb'])('refuses the name %j without asking', async (name) => {
    let requests = 0;
    const { client } = await start((_request, response) => {
      requests += 1;
      sendJson(response, 200, {});
    });
    expect((await failureOf(client.get({ ...PODS, name }, signal))).code).toBe('command-invalid');
    expect(
      (await failureOf(client.exec({ namespace: name, pod: 'p', container: 'c', command: ['x'], signal })))
        .code,
    ).toBe('command-invalid');
    expect(requests).toBe(0);
  });

  it('encodes a name that the URL would cut', async () => {
    const urls: unknown[] = [];
    const { client } = await start((request, response) => {
      urls.push(request.url);
      sendJson(response, 200, {});
    });
    await client.get({ ...PODS, name: 'a?b#c' }, signal);
    expect(urls).toEqual(['/api/v1/namespaces/rec/pods/a%3Fb%23c']);
  });

  it('stays below the base path of a gateway', async () => {
    const urls: unknown[] = [];
    const { api, caPem } = await start((request, response) => {
      urls.push(request.url);
      sendJson(response, 200, { gitVersion: 'v1' });
    });
    const client = clientOf(fixedAccess(new URL('/k8s/clusters/c-1/', api.url), caPem));
    closers.push(client.close);
    await client.version(signal);
    expect(urls).toEqual(['/k8s/clusters/c-1/version']);
  });

  it('keeps one connection for request after request', async () => {
    const { client, api } = await start((_request, response) => sendJson(response, 200, {}));
    for (let round = 0; round < 5; round += 1) await client.get(POD, signal);
    expect(api.connections()).toBe(1);
  });

  it('does not follow a redirect with its token', async () => {
    const { client } = await start((_request, response) =>
      response.writeHead(302, { location: '/login' }).end(),
    );
    expect((await failureOf(client.get(POD, signal))).code).toBe('cluster-answer');
  });

  it('says that a login page is no Kubernetes API', async () => {
    const { client } = await start((_request, response) => response.end('<html>'));
    expect((await failureOf(client.get(POD, signal))).sentence).toMatch(/not JSON.*login page/u);
  });
});

describe('a refused token', () => {
  const startRotating = async (accepted: string) => {
    const seen: unknown[] = [];
    const { api, caPem } = await start((request, response) => {
      seen.push(request.headers.authorization);
      if (request.headers.authorization === `Bearer ${accepted}`) sendJson(response, 200, {});
      else sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
    });
    let current = 1;
    const client = clientOf({
      ...fixedAccess(api.url, caPem),
      token: () => Promise.resolve(`rotating-${current}`),
      forgetToken: () => {
        current += 1;
      },
    });
    closers.push(client.close);
    return { client, seen };
  };

  it('is forgotten, and the request goes again with the next one', async () => {
    const { client, seen } = await startRotating('rotating-2');
    await client.request({ method: 'PATCH', path: POD, body: {}, signal });
    expect(seen).toEqual(['Bearer rotating-1', 'Bearer rotating-2']);
  });

  it('is not tried a third time', async () => {
    const { client, seen } = await startRotating('rotating-9');
    expect((await failureOf(client.get(POD, signal))).code).toBe('not-authenticated');
    expect(seen).toHaveLength(2);
  });
});

describe('lists', () => {
  const page = (items: readonly number[], next = '') => ({ metadata: { continue: next }, items });

  it('joins the pages', async () => {
    const { client } = await start((request, response) => {
      const query = new URL(request.url ?? '', 'https://x').searchParams;
      expect(query.get('limit')).toBe('500');
      expect(query.get('labelSelector')).toBe('app=a,b in (c)');
      sendJson(response, 200, query.has('continue') ? page([3]) : page([1, 2], 'next&'));
    });
    expect(await client.list(PODS, { labelSelector: 'app=a,b in (c)' }, signal)).toEqual([1, 2, 3]);
  });

  it('begins again when the server forgot the state that the list began with', async () => {
    let gone = 0;
    const { client } = await start((request, response) => {
      if (!String(request.url).includes('continue=')) sendJson(response, 200, page([1], 'next'));
      else if (gone++ === 0)
        sendStatus(response, 410, 'Expired', 'The provided continue parameter is too old');
      else sendJson(response, 200, page([2]));
    });
    expect(await client.list(PODS, {}, signal)).toEqual([1, 2]);
  });

  it('gives up on a list that grows without end', async () => {
    let page = 0;
    const items = Array.from({ length: 20_000 }, () => 0);
    const { client } = await start((_request, response) => {
      page += 1;
      sendJson(response, 200, { items, metadata: { continue: `page-${page}` } });
    });
    expect((await failureOf(client.list(PODS, {}, signal))).message).toMatch(/more than 100000 objects/u);
    expect(page).toBe(6);
  });

  it('gives up on a list that never ends', async () => {
    const { client } = await start((_request, response) => sendJson(response, 200, page([1], 'same')));
    expect((await failureOf(client.list(PODS, {}, signal))).message).toMatch(/same page/u);
  });
});

describe('bounds', () => {
  const busy =
    (status: number, headers: Record<string, string> = {}): RequestListener =>
    (_request, response) =>
      response.writeHead(status, headers).end('{}');

  it('asks again after the time that a busy server names, with up to a quarter more', async () => {
    const clock = new TestClock();
    const at: number[] = [];
    const { client } = await start(
      (_request, response) => {
        at.push(clock.monotonicMs());
        if (at.length < 3) response.writeHead(429, { 'retry-after': '2' }).end('{}');
        else sendJson(response, 200, {});
      },
      { clock, random: () => 1 },
    );
    const answer = client.get(POD, signal);
    while (at.length < 3) {
      await realSleep(1);
      await clock.advance(500);
    }
    await answer;
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(2_500);
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(2_500);
  });

  it.each([
    [429, 'cluster-throttled'],
    [503, 'cluster-answer'],
  ])('gives up on %i at a deadline', async (status, code) => {
    const { client } = await start(busy(status), { limits: { retryMs: 300 } });
    const error = await failureOf(client.get(POD, signal));
    expect(error.code).toBe(code);
    expect(error.retry).toBe('retry can help');
  });

  it('does not repeat a write', async () => {
    let requests = 0;
    const { client } = await start((request, response) => {
      requests += 1;
      busy(503, { 'retry-after': '0' })(request, response);
    });
    await failureOf(client.request({ method: 'PATCH', path: POD, body: {}, signal }));
    expect(requests).toBe(1);
  });

  it.each([
    ['the head', (() => undefined) as RequestListener, { headersMs: 50 }],
    [
      'the body',
      ((_request, response) => response.writeHead(200).write('{')) as RequestListener,
      { requestMs: 50, retryMs: 0 },
    ],
  ])('does not wait for ever for %s of an answer', async (_what, answer, limits) => {
    const { client } = await start(answer, { limits });
    expect((await failureOf(client.get(POD, signal))).code).toBe('cluster-timeout');
  });

  it('reads no answer beyond its cap', async () => {
    const { client } = await start((_request, response) => response.end('x'.repeat(5000)), {
      limits: { answerBytes: 4096 },
    });
    expect((await failureOf(client.get(POD, signal))).message).toMatch(/larger than 4096/u);
  });

  it("gives its caller's own reason when the caller leaves", async () => {
    const leaving = new AbortController();
    const { client } = await start(() => leaving.abort(new Error('left')));
    await expect(client.get(POD, leaving.signal)).rejects.toThrow('left');
  });

  it('ends what runs when it is closed', async () => {
    const { client } = await start(() => client.close());
    expect((await failureOf(client.get(POD, signal))).code).toBe('interrupted');
  });
});

describe('logs', () => {
  const asked = { namespace: 'rec', pod: 'multi', container: 'app', instance: 'current' } as const;

  it('throws when the connection breaks before the end of the log', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(200).write('one\n', () => response.destroy());
    });
    const got: string[] = [];
    const reading = (async () => {
      for await (const chunk of await client.logs(asked, signal)) got.push(Buffer.from(chunk).toString());
    })();
    expect((await failureOf(reading)).code).toBe('cluster-unreachable');
    expect(got).toEqual(['one\n']);
  });

  it.each([
    ['says nothing more', { logSilenceMs: 100 }, 1_000_000],
    ['never comes to its end', { logMs: 300 }, 20],
  ] as const)('gives a log up that %s', async (_what, limits, everyMs) => {
    const { client } = await start(
      (_request, response) => {
        response.writeHead(200).write('one\n');
        const more = setInterval(() => response.write('more\n'), everyMs);
        response.once('close', () => clearInterval(more));
      },
      { limits },
    );
    const reading = (async () => {
      for await (const chunk of await client.logs(asked, signal)) expect(chunk.length).toBeGreaterThan(0);
    })();
    expect((await failureOf(reading)).code).toBe('cluster-timeout');
  });

  it('stops the server while its consumer does not read', async () => {
    let sent = 0;
    const { client } = await start((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const next = (): void => {
        sent += chunk.length;
        if (sent < 256 * 1024 * 1024) response.write(chunk, next);
        else response.end();
      };
      next();
    });
    const log = (await client.logs(asked, signal))[Symbol.asyncIterator]();
    await log.next();
    for (let before = -1; before !== sent; ) {
      before = sent;
      await realSleep(50);
    }
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    await log.return?.();
  });
});
