import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { clientOf, fixedAccess, TestClock } from '../../test/kubernetes/client-of.ts';
import { type ExecBehaviour, message, SUCCESS, startExecPeer } from '../../test/kubernetes/exec-peer.ts';
import { HELD_HIGH_BYTES } from './exec-socket-session.ts';

const MIB = 1024 * 1024;
const CHUNK = Buffer.alloc(32 * 1024, 7);

const closers: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const start = async (behaviour: ExecBehaviour, clock = new TestClock()) => {
  const peer = await startExecPeer(behaviour);
  const client = clientOf(fixedAccess(peer.api.url, peer.caPem), { clock });
  closers.push(peer.close, client.close);
  const leaving = new AbortController();
  const session = await client.exec({
    namespace: 'rec',
    pod: 'multi',
    container: 'app',
    command: ['true'],
    signal: leaving.signal,
  });
  return { session, clock, leaving };
};

/** Sends `bytes` on stdout as fast as the socket takes them, then the end. Counts what was handed to the socket. */
const flood = (bytes: number) => {
  const sent = { bytes: 0 };
  const opened = (socket: WebSocket): void => {
    const frame = message(1, CHUNK);
    const next = (): void => {
      if (sent.bytes >= bytes) {
        socket.send(SUCCESS);
        socket.close(1000);
        return;
      }
      sent.bytes += CHUNK.length;
      socket.send(frame, next);
    };
    next();
  };
  return { sent, opened };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Resolves when `value` no longer changes although both sides had many turns. */
const settled = async (value: () => number): Promise<number> => {
  for (let quiet = 0, last = -1; quiet < 200; quiet = value() === last ? quiet + 1 : 0) {
    last = value();
    await turn();
  }
  return value();
};

describe('back-pressure', () => {
  it('keeps 512 MiB flat when the consumer stalls, and loses none of it', async () => {
    const { sent, opened } = flood(512 * MIB);
    const { session } = await start({ opened });
    const held = (): number => ('held' in session.stdout ? Number(session.stdout.held) : Number.NaN);
    let bytes = 0;
    let most = 0;
    let stalls = 0;
    for await (const chunk of session.stdout) {
      bytes += chunk.byteLength;
      most = Math.max(most, held());
      if (bytes % (128 * MIB) === CHUNK.length) {
        stalls += 1;
        await settled(() => sent.bytes);
        most = Math.max(most, held());
        // What is under way besides our queue is in the kernel's and the peer's socket buffers.
        expect(sent.bytes - bytes).toBeLessThan(16 * MIB);
      }
    }
    expect(stalls).toBe(4);
    expect(bytes).toBe(512 * MIB);
    expect(await session.status).toEqual({ kind: 'exited', code: 0 });
    // One more read of the socket, 64 KiB, may be parsed after it was paused.
    expect(most).toBeLessThanOrEqual(HELD_HIGH_BYTES + 128 * 1024);
    expect(most).toBeGreaterThan(HELD_HIGH_BYTES / 2);
  });

  it('counts the cost of tiny messages', async () => {
    const { session } = await start({
      opened: (socket) => {
        const frame = message(1, 'x');
        const next = (left: number): void => {
          if (left > 0) socket.send(frame, () => next(left - 1));
        };
        next(50_000);
      },
    });
    const held = (): number => ('held' in session.stdout ? Number(session.stdout.held) : Number.NaN);
    expect(await settled(held)).toBeGreaterThan(HELD_HIGH_BYTES);
    session.abort();
  });

  it('goes on when the consumer of one stream leaves', async () => {
    const { opened } = flood(4 * MIB);
    const { session } = await start({ opened });
    for await (const _chunk of session.stdout) break;
    expect(await session.status).toEqual({ kind: 'exited', code: 0 });
  });

  it('hands stdin over in order, in whole messages of at most 32 KiB, one frame each', async () => {
    const got: Buffer[] = [];
    const { session } = await start({
      opened: (socket) => {
        socket.on('message', (data: Buffer) => {
          if (data[0] === 0) got.push(data);
          else {
            socket.send(SUCCESS);
            socket.close(1000);
          }
        });
      },
    });
    const first = Buffer.alloc(100_000, 1);
    const second = Buffer.alloc(70_000, 2);
    await Promise.all([session.write(first), session.write(second)]);
    session.endStdin();
    await session.status;
    expect(Math.max(...got.map((one) => one.length))).toBe(32 * 1024);
    expect(Buffer.concat(got.map((one) => one.subarray(1))).equals(Buffer.concat([first, second]))).toBe(
      true,
    );
    await expect(session.write(first)).rejects.toMatchObject({ code: 'exec-lost' });
  });

  it('holds a writer back while the remote reads nothing', async () => {
    const { session } = await start({ opened: (socket) => socket.pause() });
    let taken = 0;
    const writing = (async () => {
      for (let round = 0; round < 2048; round += 1) {
        await session.write(CHUNK);
        taken += CHUNK.length;
      }
    })();
    writing.catch(() => undefined);
    expect(await settled(() => taken)).toBeLessThan(32 * MIB);
    session.abort();
    await expect(writing).rejects.toMatchObject({ code: 'exec-lost' });
  });
});

describe('how it ends', () => {
  it('settles the status only after the last byte of both streams was handed over', async () => {
    const { session } = await start({
      opened: (socket) => {
        socket.send(message(2, 'err'));
        socket.send(message(1, 'out'));
        socket.send(SUCCESS);
        socket.close(1000);
      },
    });
    let known = false;
    void session.status.then(() => {
      known = true;
    });
    for await (const _chunk of session.stdout);
    await settled(() => Number(known));
    expect(known).toBe(false);
    for await (const _chunk of session.stderr);
    await session.status;
    expect(known).toBe(true);
  });

  it('concludes nothing from a close without a status', async () => {
    const { session } = await start({
      opened: (socket) => {
        socket.send(message(1, 'part'));
        socket.close(1000);
      },
    });
    const out: string[] = [];
    for await (const chunk of session.stdout) out.push(Buffer.from(chunk).toString());
    expect(out).toEqual(['part']);
    expect(await session.status).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('without a status'),
    });
  });

  it('concludes nothing from a connection that was cut', async () => {
    const { session } = await start({ opened: (socket) => socket.terminate() });
    expect((await session.status).kind).toBe('unknown');
  });

  it('trusts the status when the server drops TCP right after it', async () => {
    const { session } = await start({
      opened: (socket) => socket.send(SUCCESS, () => socket.terminate()),
    });
    expect(await session.status).toEqual({ kind: 'exited', code: 0 });
  });

  it('takes a message of a channel byte alone, or of nothing, for no status', async () => {
    const { session } = await start({
      opened: (socket) => {
        socket.send(Buffer.alloc(0));
        socket.send(message(3));
        socket.close(1000);
      },
    });
    expect(await session.status).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('without a status'),
    });
  });

  it('takes no status of 80 KiB', async () => {
    const { session } = await start({
      opened: (socket) => socket.send(message(3, Buffer.alloc(80 * 1024, 32))),
    });
    expect(await session.status).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('too large'),
    });
  });

  it('drops a server that sends a message of 2 MiB', async () => {
    const { session } = await start({ opened: (socket) => socket.send(message(1, Buffer.alloc(2 * MIB))) });
    expect(await session.status).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'),
    });
  });

  it('ends at once when its caller aborts, even with a stalled consumer', async () => {
    const { opened } = flood(64 * MIB);
    const { session, leaving } = await start({ opened });
    leaving.abort();
    expect(await session.status).toEqual({ kind: 'unknown', why: 'it was aborted here' });
    for await (const _chunk of session.stdout) throw new Error('nothing comes after an abort');
  });

  it('does not wait for ever for a close that does not come after the status', async () => {
    const { session, clock } = await start({ opened: (socket) => socket.send(SUCCESS) });
    await settled(() => 0);
    await clock.advance(10_000);
    expect(await session.status).toEqual({ kind: 'exited', code: 0 });
  });
});

describe('pings', () => {
  it('pings every 5 s and lives on while pongs come', async () => {
    let pings = 0;
    const { clock, session } = await start({
      opened: (socket) => {
        socket.on('ping', () => {
          pings += 1;
        });
      },
    });
    for (let second = 0; second < 120; second += 5) {
      await clock.advance(5_000);
      await settled(() => pings);
    }
    expect(pings).toBe(24);
    session.abort();
  });

  it('takes a server for lost that answers no ping for 61 s', async () => {
    const { clock, session } = await start({ pongs: 'answers no ping', opened: () => undefined });
    await clock.advance(60_000);
    expect(await Promise.race([session.status, turn().then(() => 'alive')])).toBe('alive');
    await clock.advance(5_000);
    expect(await session.status).toEqual({
      kind: 'unknown',
      why: 'nothing was heard from the server for 65 s',
    });
  });

  it('waits while input is not taken, because the server then answers no ping', async () => {
    const { clock, session } = await start({ pongs: 'answers no ping', opened: () => undefined });
    await session.write(CHUNK);
    await clock.advance(600_000);
    expect(await Promise.race([session.status, turn().then(() => 'alive')])).toBe('alive');
    session.abort();
  });

  it('holds the deadline again once the input was taken', async () => {
    let peer: WebSocket | undefined;
    const { clock, session } = await start({
      pongs: 'answers no ping',
      opened: (socket) => {
        peer = socket;
        socket.once('ping', (payload: Buffer) => socket.pong(payload));
      },
    });
    await session.write(CHUNK);
    await clock.advance(5_000);
    await settled(() => peer?.bufferedAmount ?? 0);
    await clock.advance(70_000);
    expect((await session.status).kind).toBe('unknown');
  });

  it('does not blame the server while its own consumer stalls', async () => {
    const { sent, opened } = flood(64 * MIB);
    const { clock, session } = await start({ opened });
    await settled(() => sent.bytes);
    await clock.advance(600_000);
    let bytes = 0;
    for await (const chunk of session.stdout) bytes += chunk.byteLength;
    expect(bytes).toBe(64 * MIB);
    expect(await session.status).toEqual({ kind: 'exited', code: 0 });
  });
});
