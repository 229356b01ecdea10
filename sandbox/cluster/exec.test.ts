import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedRequest } from './api/recorded-request.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import {
  type ExecCall,
  execOverWebSocket,
  onChannel,
  openExec,
  outputOf,
} from './testing/exec-over-websocket.ts';

/** Several test files at once on two cores take their time. */
const PATIENTLY = { timeout: 15_000 };
const MIB = 2 ** 20;
let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
afterAll(() => cluster.close());

const exec = (command: readonly string[], more: Partial<ExecCall> = {}) =>
  execOverWebSocket(cluster, { pod: 'x', command, ...more });
/** A file of the process of that name in pod x, from its own /proc; empty when there is none. */
const ofProcess = (name: string, file: string) =>
  outputOf(cluster, {
    pod: 'x',
    command: [
      'sh',
      '-c',
      `for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = ${name} ] && cat $p/${file}; done 2>/dev/null`,
    ],
  });
const isExec = (request: RecordedRequest) => request.resource === 'pods/exec';
const SUCCESS = '{"metadata":{},"status":"Success"}';

describe('an exec', () => {
  beforeEach(({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
  });
  afterEach(() => cluster.faults.clear());

  it('carries output whole: every byte, in order', async () => {
    const script =
      'head -c 20000000 /dev/urandom > /tmp/noise; sha256sum < /tmp/noise >&2; cat /tmp/noise; rm /tmp/noise';
    const result = await exec(['sh', '-c', script]);
    const hash = createHash('sha256').update(onChannel(result, 1)).digest('hex');
    expect(onChannel(result, 2).toString()).toBe(`${hash}  -\n`);
    expect(onChannel(result, 3).toString()).toBe(SUCCESS);
  });

  it('carries input whole, up to its end', async () => {
    const input = Buffer.alloc(5 * MIB, 'stand-in ');
    const send = [];
    for (let at = 0; at < input.length; at += 32_768) {
      send.push(Buffer.concat([Buffer.of(0), input.subarray(at, at + 32_768)]));
    }
    const result = await exec(['sha256sum'], { stdin: true, send: [...send, Buffer.of(255, 0)] });
    expect(onChannel(result, 1).toString()).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n`);
  });

  it('stops the program, and not its own memory, while the client does not read', async () => {
    const ws = openExec(cluster, {
      pod: 'x',
      command: ['sh', '-c', 'head -c 200000000 /dev/zero; echo done >&2'],
    });
    await new Promise((resolve) => ws.once('message', resolve));
    ws.pause();
    const written = async () => Number(/wchar: (\d+)/.exec(await ofProcess('head', 'io'))?.[1]);
    let before = -1;
    await expect
      .poll(
        async () => {
          const now = await written();
          const isStill = now === before;
          before = now;
          return isStill;
        },
        { interval: 100, timeout: 15_000 },
      )
      .toBe(true);
    expect(before).toBeLessThan(32 * MIB);
    let bytes = 0;
    const closed = new Promise((resolve) => ws.once('close', resolve));
    ws.on('message', (data: Buffer) => {
      if (data[0] === 1) bytes += data.length - 1;
    });
    ws.resume();
    await closed;
    expect(bytes).toBe(200_000_000);
  });

  it('answers pings while it runs', async () => {
    const ws = openExec(cluster, { pod: 'x', command: ['sleep', '30'] });
    await new Promise((resolve) => ws.once('open', resolve));
    const answered = new Promise((resolve) => ws.once('pong', (data) => resolve(data.toString())));
    ws.ping('are you there');
    expect(await answered).toBe('are you there');
    ws.terminate();
  });

  it('gives the program the end of its input when a v5 client goes', async () => {
    const script = 'echo ready; cat > /dev/null; echo over > /tmp/input-ended';
    const ws = openExec(cluster, { pod: 'x', command: ['sh', '-c', script], stdin: true });
    await new Promise<void>((resolve) => {
      ws.on('message', (data: Buffer) => {
        if (data.length > 1) resolve();
      });
    });
    ws.terminate();
    const mark = join(cluster.upperDir('payments', 'x', 'app'), 'tmp/input-ended');
    await expect.poll(() => existsSync(mark), PATIENTLY).toBe(true);
  });

  it('blocks a program that prints to a client that has gone, as a full pipe does, and does not kill it', async () => {
    const ws = openExec(cluster, { pod: 'x', command: ['sh', '-c', 'echo ready; exec yes gone'] });
    await new Promise((resolve) => ws.once('message', resolve));
    ws.terminate();
    const state = () => ofProcess('yes', 'stat');
    await expect.poll(state, PATIENTLY).toMatch(/\(yes\) S/);
    const [pid = ''] = (await state()).split(' ');
    await exec(['sh', '-c', `kill ${pid}`]);
    await expect.poll(state, PATIENTLY).toBe('');
  });

  it('speaks the first protocol that the client names', async () => {
    const v4First = await exec(['true'], { subprotocols: ['v4.channel.k8s.io', 'v5.channel.k8s.io'] });
    expect(v4First).toMatchObject({ subprotocol: 'v4.channel.k8s.io' });
    const unknownFirst = await exec(['true'], { subprotocols: ['v9.channel.k8s.io', 'v5.channel.k8s.io'] });
    expect(unknownFirst).toMatchObject({ subprotocol: 'v5.channel.k8s.io' });
  });

  it('breaks after so many bytes when told to, without a Status', async () => {
    const fault = cluster.faults.cutExecAfterBytes(100_000, isExec);
    const cut = await exec(['head', '-c', '1000000', '/dev/zero']);
    expect(onChannel(cut, 1).length).toBe(100_000);
    expect(onChannel(cut, 3).length).toBe(0);
    expect(cut).toMatchObject({ close: 1006 });
    fault.remove();
    expect(onChannel(await exec(['head', '-c', '1000000', '/dev/zero']), 1).length).toBe(1_000_000);
  });

  it('closes with 1000 and no Status when told to', async () => {
    cluster.faults.closeExecWithoutStatus(isExec);
    const result = await exec(['echo', 'all of it']);
    expect(onChannel(result, 1).toString()).toBe('all of it\n');
    expect(onChannel(result, 3).length).toBe(0);
    expect(result).toMatchObject({ close: 1000 });
  });

  it('sends no faster than it is allowed to', async () => {
    const fault = cluster.faults.limitExecRate(100, (request) => request.path.includes('command=head&'));
    const ws = openExec(cluster, { pod: 'x', command: ['head', '-c', '1000000', '/dev/zero'] });
    let bytes = 0;
    ws.on('message', (data: Buffer) => {
      bytes += data.length - 1;
    });
    await expect.poll(() => bytes, PATIENTLY).toBeGreaterThan(0);
    expect(await ofProcess('head', 'stat')).not.toBe('');
    expect(bytes).toBeLessThan(1_000_000);
    ws.terminate();
    fault.remove();
  });
});

describe('a refused exec', () => {
  it('gets the status of a fault before the upgrade', async () => {
    const fault = cluster.faults.status(503, isExec);
    const refused = await exec(['true']);
    fault.remove();
    expect(refused).toMatchObject({ kind: 'refused', status: 503, contentType: 'application/json' });
  });
});

describe('an old cluster', () => {
  it('knows v4 only', async ({ skip }) => {
    await using old = await startCluster({ execProtocols: ['v4'] });
    if (old.containers === 'no shell') skip(old.containersReason);
    expect(await execOverWebSocket(old, { pod: 'x', command: ['true'] })).toMatchObject({
      subprotocol: 'v4.channel.k8s.io',
    });
    const refused = await execOverWebSocket(old, {
      pod: 'x',
      command: ['true'],
      subprotocols: ['v5.channel.k8s.io'],
    });
    expect(refused).toMatchObject({ kind: 'refused', status: 403, body: '' });
  });
});
