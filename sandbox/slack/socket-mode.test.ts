import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RawData, WebSocket } from 'ws';
import type { StandInSlack } from './stand-in-slack.ts';
import { startSlack } from './start-slack.ts';

let slack: StandInSlack;

beforeEach(async () => {
  slack = await startSlack();
});

afterEach(() => slack.close());

/** A bare connection, to see the frames themselves. */
class Connection {
  readonly frames: Record<string, unknown>[] = [];
  readonly socket: WebSocket;
  #arrived = Promise.withResolvers<void>();

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: RawData) => {
      this.frames.push(JSON.parse(Buffer.isBuffer(data) ? data.toString() : ''));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers<void>();
    });
  }

  async until(count: number): Promise<Record<string, unknown>[]> {
    while (this.frames.length < count) await this.#arrived.promise;
    return this.frames;
  }
}

async function freshUrl(): Promise<string> {
  const response = await fetch(`${slack.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.appToken}` },
  });
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('url' in body)) throw new Error('no url');
  return String(body.url);
}

async function connect(): Promise<Connection> {
  const connection = new Connection(await freshUrl());
  await connection.until(1);
  return connection;
}

describe('a Socket Mode connection', () => {
  const act = () => ({ user: slack.people.requester.id, channel: slack.channels.incident.id, text: 'help' });

  test('says hello with the number of connections', async () => {
    const first = await connect();
    const second = await connect();
    expect(first.frames[0]).toMatchObject({ type: 'hello', num_connections: 1 });
    expect(second.frames[0]).toMatchObject({ type: 'hello', num_connections: 2 });
  });

  test('is opened by a URL that works once', async () => {
    const url = await freshUrl();
    await new Connection(url).until(1);
    const again = new WebSocket(url);
    const error = await new Promise<Error>((resolve) => again.once('error', resolve));
    expect(error.message).toContain('408');
  });

  test('gets each payload alone, and must acknowledge on itself', async () => {
    const [first, second] = [await connect(), await connect()];
    const pending = slack.command(act());
    const envelope = (await first.until(2))[1];
    expect(envelope).toMatchObject({ type: 'slash_commands', accepts_response_payload: true });
    second.socket.send(
      JSON.stringify({ envelope_id: envelope?.['envelope_id'], payload: { text: 'wrong socket' } }),
    );
    second.socket.ping();
    await new Promise((resolve) => second.socket.once('pong', resolve));
    first.socket.send(JSON.stringify({ envelope_id: envelope?.['envelope_id'], payload: { text: 'right' } }));
    expect((await pending).ack).toEqual({ text: 'right' });
    expect(second.frames).toHaveLength(1);
    const next = slack.command(act());
    const other = (await second.until(2))[1];
    second.socket.send(JSON.stringify({ envelope_id: other?.['envelope_id'] }));
    expect((await next).outcome).toBe('acknowledged');
  });

  test('is told to go when it is the eleventh', async () => {
    for (let open = 0; open < 10; open += 1) await connect();
    const eleventh = await connect();
    expect(eleventh.frames[0]).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
  });

  test('is warned before it is recycled', async () => {
    const connection = await connect();
    const younger = await connect();
    slack.faults.requestReconnect('warning', 'oldest');
    expect((await connection.until(2))[1]).toMatchObject({ type: 'disconnect', reason: 'warning' });
    slack.faults.dropConnection('oldest');
    await new Promise((resolve) => connection.socket.once('close', resolve));
    expect(younger.frames).toHaveLength(1);
    expect(younger.socket.readyState).toBe(WebSocket.OPEN);
  });
});
