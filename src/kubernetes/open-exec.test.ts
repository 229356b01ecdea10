import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { clientOf, fixedAccess } from '../../test/kubernetes/client-of.ts';
import { type ExecBehaviour, message, SUCCESS, startExecPeer } from '../../test/kubernetes/exec-peer.ts';
import { recordedBody, recordedHeaders, recording } from '../../test/kubernetes/recording.ts';
import type { ExecSession } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { ClusterClientOptions } from './cluster-client.ts';

const closers: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const start = async (behaviour: ExecBehaviour, more: Partial<ClusterClientOptions> = {}) => {
  const peer = await startExecPeer(behaviour);
  const client = clientOf(fixedAccess(peer.api.url, peer.caPem), more);
  closers.push(peer.close, client.close);
  const run = (command: readonly string[] = ['true'], signal = new AbortController().signal) =>
    client.exec({ namespace: 'rec', pod: 'multi', container: 'app', command, signal });
  return { peer, client, run };
};

const collect = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};
const all = async (session: ExecSession) => {
  const [stdout, stderr] = await Promise.all([collect(session.stdout), collect(session.stderr)]);
  return { stdout, stderr, status: await session.status };
};
const refusalOf = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof FirebreakError) return error;
  throw new Error(`not a FirebreakError: ${String(error)}`);
};

const playFrames = (name: string) => (socket: WebSocket) => {
  const played = recording(name);
  for (const frame of played.received ?? []) {
    socket.send(message(frame.channel, Buffer.from(frame.base64, 'base64')));
  }
  socket.close(played.close?.code ?? 1000);
};
const playRefusal = (name: string) => (_request: IncomingMessage, socket: Duplex) => {
  const played = recording(name);
  const body = recordedBody(played);
  const lines = Object.entries(recordedHeaders(played)).map(([key, value]) => `${key}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${played.response?.status} Refused\r\n${lines.join('')}\r\n${body}`);
  return true;
};

describe('what a real cluster sent over the socket', () => {
  it('gives both streams and exit code 0', async () => {
    const { run } = await start({ opened: playFrames('exec-ok') });
    expect(await all(await run())).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      status: { kind: 'exited', code: 0 },
    });
  });

  it.each([
    ['exec-exit-3', 3, 'out\n'],
    ['exec-killed', 137, ''],
    ['exec-v4', 4, 'out\n'],
  ])('reads the exit code of %s', async (name, code, stdout) => {
    const played = recording(name);
    const { run } = await start({
      subprotocol: played.subprotocol ?? '',
      opened: playFrames(name),
    });
    const session = await run();
    expect(session.protocol).toBe(played.subprotocol?.slice(0, 2));
    const ended = await all(session);
    expect(ended.status).toEqual({ kind: 'exited', code });
    expect(ended.stdout).toBe(stdout);
  });

  it('tells an executable that does not exist by its message', async () => {
    const { run } = await start({ opened: playFrames('exec-no-such-binary') });
    expect((await all(await run())).status).toMatchObject({
      kind: 'failed',
      reason: 'InternalError',
      message: expect.stringContaining('executable file not found'),
    });
  });

  it('half-closes stdin on v5 with the frame that a cluster took', async () => {
    const got: string[] = [];
    const { run } = await start({
      opened: (socket) => {
        socket.on('message', (data: Buffer) => {
          got.push(data.toString('base64'));
          if (data[0] === 255) playFrames('exec-stdin-half-close-v5')(socket);
        });
      },
    });
    const session = await run(['cat']);
    await session.write(Buffer.from('hello\n'));
    session.endStdin();
    expect((await all(session)).stdout).toBe('hello\n');
    expect(got).toEqual(recording('exec-stdin-half-close-v5').sent?.map(({ base64 }) => base64));
  });

  it('sends no close message on v4, which has none', async () => {
    const got: string[] = [];
    const { run } = await start({
      subprotocol: 'v4.channel.k8s.io',
      opened: (socket) => {
        socket.on('message', (data: Buffer) => {
          got.push(data.toString('base64'));
          if (data.length === 1 + 'last'.length) playFrames('exec-stdin-v4-no-eof')(socket);
        });
      },
    });
    const session = await run(['head', '-c', '6']);
    await session.write(Buffer.from('hello\n'));
    session.endStdin();
    await session.write(Buffer.from('last'));
    await all(session);
    expect(got).toEqual(
      [...(recording('exec-stdin-v4-no-eof').sent ?? []), { base64: 'AGxhc3Q=' }].map(({ base64 }) => base64),
    );
  });
});

describe('refused handshakes', () => {
  it.each([
    ['exec-401', 'not-authenticated', /did not accept Firebreak's credentials/u],
    ['exec-403-create-missing', 'not-allowed', /get pods\/exec and create pods\/exec in namespace rec/u],
    ['exec-bad-subprotocol', 'cluster-answer', /does not speak the exec protocols/u],
    ['exec-crashed-container', 'not-running', /container not found/u],
    ['exec-pending-pod', 'not-running', /does not have a host/u],
    ['exec-wrong-container', 'not-found', /container nope is not valid/u],
    ['exec-no-pod', 'not-found', /pods "ghost" not found/u],
  ] as const)('turns %s into a sentence', async (name, code, says) => {
    const { run, peer } = await start({ refuse: playRefusal(name) });
    const error = await refusalOf(run());
    expect(error.code).toBe(code);
    expect(error.sentence).toMatch(says);
    expect(peer.upgrades).toHaveLength(code === 'not-authenticated' ? 2 : 1);
  });

  it('refuses a subprotocol that it did not offer', async () => {
    const { run } = await start({ subprotocol: 'v3.channel.k8s.io' });
    expect((await refusalOf(run())).code).toBe('cluster-answer');
  });

  it('gives up on a handshake that never ends', async () => {
    const { run } = await start({ refuse: () => true }, { limits: { handshakeMs: 50 } });
    expect((await refusalOf(run())).code).toBe('cluster-timeout');
  });

  it('gives up a handshake when its caller does, with the reason of the caller', async () => {
    const leaving = new AbortController();
    const { run } = await start({
      refuse: () => {
        leaving.abort(new Error('left'));
        return true;
      },
    });
    await expect(run(['true'], leaving.signal)).rejects.toThrow('left');
  });

  it('never shows a token that a server echoes', async () => {
    const { run } = await start({
      refuse: (request, socket) => {
        const body = `seen ${request.headers.authorization}`;
        socket.end(`HTTP/1.1 500 No\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
        return true;
      },
    });
    const error = await refusalOf(run());
    expect(error.message).toContain('seen Bearer [redacted]');
    expect(`${error.stack} ${String(error.cause)}`).not.toContain('a-test-token');
  });
});

it('asks with argv as it is, all streams, no terminal, v5 first and no compression', async () => {
  const { run, peer } = await start({
    opened: (socket) => {
      socket.send(SUCCESS);
      socket.close(1000);
    },
  });
  await all(await run(['sh', '-c', 'a && b; $(c) é']));
  const request = peer.upgrades[0];
  const url = new URL(request?.url ?? '', 'https://peer');
  expect(url.pathname).toBe('/api/v1/namespaces/rec/pods/multi/exec');
  expect(url.searchParams.getAll('command')).toEqual(['sh', '-c', 'a && b; $(c) é']);
  expect([...url.searchParams.keys()].sort()).toEqual(
    ['command', 'command', 'command', 'container', 'stderr', 'stdin', 'stdout'].sort(),
  );
  expect(request?.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io,v4.channel.k8s.io');
  expect(request?.headers['sec-websocket-extensions']).toBeUndefined();
  expect(request?.headers.authorization).toBe('Bearer a-test-token');
});

it('opens the exec over the connection that REST left', async () => {
  const { run, peer, client } = await start({
    rest: (_request, response) => response.end('{"gitVersion":"v1.36.2"}'),
    opened: (socket) => {
      socket.send(SUCCESS);
      socket.close(1000);
    },
  });
  await client.version(new AbortController().signal);
  await all(await run());
  expect(peer.api.connections()).toBe(1);
});

it('dials anew when the kept connection was closed by the server meanwhile', async () => {
  let dropped = 0;
  const { run, client } = await start({
    rest: (_request, response) => response.end('{"gitVersion":"v1.36.2"}'),
    refuse: (_request, socket) => {
      if (dropped > 0) return false;
      dropped += 1;
      socket.destroy();
      return true;
    },
    opened: (socket) => {
      socket.send(SUCCESS);
      socket.close(1000);
    },
  });
  await client.version(new AbortController().signal);
  expect((await all(await run())).status).toEqual({ kind: 'exited', code: 0 });
  expect(dropped).toBe(1);
});

it('answers pings, but keeps no pong for each of those that a server sends and does not read for', async () => {
  const pings = 150_000;
  let pongs = 0;
  const counted = Promise.withResolvers<number>();
  let resume = (): void => undefined;
  const { run } = await start({
    opened: (socket) => {
      resume = () => socket.resume();
      socket.on('pong', () => {
        pongs += 1;
      });
      socket.once('message', () => {
        counted.resolve(pongs);
        socket.close(1000);
      });
      socket.pause();
      for (let sent = 0; sent < pings; sent += 1) socket.ping('x'.repeat(125), false);
      socket.send(message(1, 'after the pings'));
    },
  });
  const session = await run();
  for await (const _chunk of session.stdout) {
    resume();
    await session.write(Buffer.from('counted now'));
    break;
  }
  const answered = await counted.promise;
  expect(answered).toBeGreaterThan(0);
  expect(answered).toBeLessThan(pings / 2);
});
