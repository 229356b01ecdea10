import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeTree } from './runtime/remove-tree.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import { execOverWebSocket, onChannel, outputOf } from './testing/exec-over-websocket.ts';

/** Several test files at once on two cores take their time. */
const PATIENTLY = { timeout: 15_000 };
let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
afterAll(() => cluster.close());

const sh = (script: string, pod = 'x', container = 'app') =>
  outputOf(cluster, { pod, container, command: ['sh', '-c', script] });

/** Every file below a folder with its size and time of change. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, ctimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {};
      return `${name} ${size} ${mtimeMs} ${ctimeMs}`;
    });
}

describe('a container', () => {
  beforeEach(({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
  });

  it('sees its own processes only, and its program as process 1', async () => {
    const pids = (await sh('cd /proc && echo [0-9]*')).trim().split(' ');
    expect(pids).toContain('1');
    expect(pids.length).toBeLessThan(10);
    expect(await sh('tr "\\0" " " < /proc/1/cmdline')).toBe('/bin/sh /app/checkout ');
  });

  it('has the name of its pod and not that of the machine', async () => {
    expect(await sh('cat /proc/sys/kernel/hostname /etc/hostname')).toBe('x\nx\n');
    expect(hostname()).not.toBe('x');
  });

  it('does not see where the machine keeps its processes', async () => {
    const places = (await sh('cut -d: -f3- /proc/self/cgroup /proc/1/cgroup')).trim().split('\n');
    expect(places.filter((place) => place !== '/')).toEqual([]);
  });

  it('sees nothing of the machine beyond a read-only userland', async () => {
    const usual =
      'app bin boot dev etc home lib lib32 lib64 libx32 mnt opt proc root run sbin scratch srv sys tmp usr var';
    expect(
      (await sh('ls /'))
        .trim()
        .split('\n')
        .filter((name) => !usual.split(' ').includes(name)),
    ).toEqual([]);
    expect(await sh('ls /root /home /mnt /opt')).toBe('/home:\n\n/mnt:\n\n/opt:\n\n/root:\n');
    expect(await sh('touch /usr/bin/planted 2>&1')).toContain('Read-only file system');
    const mounts = (await sh("cut -d' ' -f5 /proc/self/mountinfo")).trim().split('\n');
    expect(mounts.filter((path) => path.startsWith('/mnt'))).toEqual([]);
    expect(mounts).toContain('/etc/checkout/keys');
    expect(mounts).toContain('/var/run/secrets/kubernetes.io/serviceaccount');
  });

  it('has no descriptor of ours open', async () => {
    const open = await sh('ls -l /proc/1/fd | sed -n "s/.* -> //; s/.*(deleted)/pipe/; 1!p" | sort -u');
    expect(open.trim().split('\n').sort()).toEqual(['/app/checkout', '/dev/null', 'pipe']);
  });

  it('does not reach a socket that listens on the machine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const listed = await sh('cat /proc/net/tcp');
    expect(listed).not.toContain(`:${port.toString(16).toUpperCase().padStart(4, '0')} `);
    server.close();
  });

  it('holds evidence: a deleted program, its secret, its environment', async () => {
    await expect
      .poll(() => sh('ls -l /proc/[0-9]*/exe 2>/dev/null'), PATIENTLY)
      .toContain('/tmp/.cache-sync (deleted)');
    expect(await sh('cat /etc/checkout/keys/api-key')).toBe('sk_live_stand_in_0123456789');
    expect(await sh('stat -f -c %T /etc/checkout/keys')).toBe('tmpfs\n');
    expect(await sh('tr "\\0" "\\n" < /proc/1/environ')).toContain(
      'PAYMENT_API_KEY=sk_live_stand_in_0123456789',
    );
  });

  it('runs as the user that its pod names', async () => {
    // In a user namespace of one id there is no other user to be.
    const ids = (await sh('cat /proc/self/uid_map')).trim().split(/\s+/).at(-1);
    const asked = ids === '1' ? '0:0' : '1000:1000';
    expect(await sh('echo $(id -u):$(id -g)', 'multi')).toBe(`${asked}\n`);
    expect(await sh('stat -c %u:%g /proc/1', 'multi')).toBe(`${asked}\n`);
  });

  it('shares its network and host name with the other containers of its pod, and its files with none', async () => {
    const namespaces = 'readlink /proc/self/ns/net /proc/self/ns/uts /proc/self/ns/ipc';
    expect(await sh(namespaces, 'multi', 'app')).toBe(await sh(namespaces, 'multi', 'sidecar'));
    await sh('echo mine > /tmp/of-the-sidecar', 'multi', 'sidecar');
    expect(await sh('ls /tmp', 'multi', 'app')).toBe('');
  });

  it('reads the memory limit of its pod in the files of its cgroup, as tests may change them', async () => {
    expect(await sh('cat /sys/fs/cgroup/memory.max')).toBe(`${256 * 2 ** 20}\n`);
    writeFileSync(join(cluster.cgroupDir('payments', 'x', 'app'), 'memory.current'), '12345\n');
    expect(await sh('cat /sys/fs/cgroup/memory.current')).toBe('12345\n');
    expect(await sh('cat /sys/fs/cgroup/memory.max', 'multi', 'sidecar')).toBe('max\n');
  });

  it('keeps what is written in its upper directory, and reading leaves that as it was', async () => {
    const upper = cluster.upperDir('payments', 'x', 'app');
    await expect.poll(() => sh('cat /proc/1/cmdline && ls /tmp'), PATIENTLY).not.toContain('.cache-sync');
    const before = snapshot(upper);
    await sh(
      'cat /proc/[0-9]*/cmdline /etc/passwd /app/* > /dev/null; tar cf - /app /etc /var 2>/dev/null | wc -c',
    );
    expect(snapshot(upper)).toEqual(before);
    await sh('echo planted > /var/log/planted');
    expect(snapshot(upper)).not.toEqual(before);
    expect(readFileSync(join(upper, 'var/log/planted'), 'utf8')).toBe('planted\n');
  });

  it('gives an exec a session of its own, pipes and the working directory of its program', async () => {
    expect(await sh('cut -d" " -f1,5,6 /proc/$$/stat | tr " " "\\n" | sort -u | wc -l')).toBe('1\n');
    expect(await sh('test -p /dev/stdout && echo again > /proc/self/fd/1; pwd')).toBe('again\n/app\n');
  });

  it('starts again with another id, an empty upper directory, one more restart and its log as the previous one', async () => {
    const podOf = async () =>
      JSON.stringify((await callApi(cluster, { path: '/api/v1/namespaces/payments/pods/multi' })).json);
    const before = await podOf();
    await sh('echo old > /tmp/old', 'multi', 'sidecar');
    await cluster.restartContainer('payments', 'multi', 'sidecar');
    const after = await podOf();
    const id = (text: string) => [...text.matchAll(/"containerID":"([^"]+)"/g)].map(([, one]) => one);
    expect(id(after).at(0)).toBe(id(before).at(0));
    expect(id(after).at(-1)).not.toBe(id(before).at(-1));
    expect(after).toContain('"restartCount":1');
    expect(await sh('ls /tmp', 'multi', 'sidecar')).toBe('');
    const log = await callApi(cluster, {
      path: '/api/v1/namespaces/payments/pods/multi/log?container=sidecar&previous=true',
    });
    expect(log.text).toBe('proxy: ready\n');
  });

  it('is said to have ended when its program ends', async () => {
    const manifest = { ...POD, metadata: { name: 'short', namespace: 'payments' } };
    await cluster.addPod({
      ...manifest,
      spec: {
        nodeName: 'node-a',
        containers: [{ name: 'app', image: PROXY, command: ['sh', '-c', 'echo bye; exit 7'] }],
      },
    });
    const phase = async () =>
      (await callApi(cluster, { path: '/api/v1/namespaces/payments/pods/short' })).text;
    await expect.poll(phase, PATIENTLY).toContain('"exitCode":7');
    const refused = await execOverWebSocket(cluster, { pod: 'short', command: ['true'] });
    expect(refused).toMatchObject({ kind: 'refused', status: 500, body: 'container not found ("app")' });
  });

  it('has a log that can be followed until it ends', async () => {
    const command = ['sh', '-c', 'echo one; sleep 0.3; echo two'];
    const spec = { nodeName: 'node-a', containers: [{ name: 'app', image: PROXY, command }] };
    await cluster.addPod({ ...POD, metadata: { name: 'talker', namespace: 'payments' }, spec });
    const log = await callApi(cluster, { path: '/api/v1/namespaces/payments/pods/talker/log?follow=true' });
    expect(log.text).toBe('one\ntwo\n');
  });

  it('can be held in CrashLoopBackOff, and replaced by a pod of the same name', async () => {
    const metadata = { name: 'fragile', namespace: 'payments' };
    const first = await cluster.addPod({ ...POD, metadata });
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off', exitCode: 2 };
    await cluster.holdContainer('payments', 'fragile', 'app', waiting);
    expect((await callApi(cluster, { path: '/api/v1/namespaces/payments/pods/fragile' })).text).toContain(
      'CrashLoopBackOff',
    );
    const second = await cluster.replacePod('payments', 'fragile');
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(await sh('echo up', 'fragile')).toBe('up\n');
  });

  it('with a busybox userland has its applets and nothing else', async ({ skip }) => {
    if (!existsSync('/bin/busybox')) skip('this machine has no /bin/busybox');
    const spec = {
      nodeName: 'node-a',
      containers: [{ name: 'app', image: 'registry.example/tools/busybox:1.38' }],
    };
    await cluster.addPod({ ...POD, metadata: { name: 'small', namespace: 'payments' }, spec });
    expect(await sh('readlink /proc/self/exe; ls /usr', 'small')).toBe('/bin/busybox\nlocal\n');
  });

  it('without a shell runs its own program and refuses a shell', async () => {
    const result = await execOverWebSocket(cluster, { pod: 'noshell', command: ['/bin/sh'] });
    expect(onChannel(result, 3).toString()).toContain(
      'exec: \\"/bin/sh\\": stat /bin/sh: no such file or directory',
    );
    const own = await execOverWebSocket(cluster, { pod: 'noshell', command: ['/app/ledger', '0'] });
    expect(onChannel(own, 3).toString()).toBe('{"metadata":{},"status":"Success"}');
  });
});

const PROXY = 'registry.example/tools/proxy:1.9';
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  spec: { nodeName: 'node-a', containers: [{ name: 'app', image: PROXY }] },
} as const;

describe('a cluster that ends', () => {
  const left = (folder: string) => ({
    folder: existsSync(folder),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').includes(folder),
  });
  const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

  const match = (file: string, pattern: RegExp) => pattern.exec(readFileSync(file, 'utf8'))?.[1] ?? '';

  it('leaves no process, mount, file or cgroup behind when it is closed', async ({ skip }) => {
    const own = await startCluster();
    if (own.containers === 'no shell') skip(own.containersReason);
    const pid = own.containerPid('payments', 'x', 'app');
    const folder = own.upperDir('payments', 'x', 'app').split('/containers/')[0] ?? '';
    await outputOf(own, { pod: 'x', command: ['sh', '-c', 'sleep 1000 > /dev/null 2>&1 &'] });
    expect(isAlive(pid)).toBe(true);
    const cgroups = match('/proc/mounts', /^\S+ (\S+) cgroup2 /m);
    const nodes = match(`/proc/${pid}/cgroup`, /^0::(.*)\/kubepods\.slice\//m);
    const hasCgroups = () => nodes !== '' && existsSync(`${cgroups}${nodes}`);
    expect(hasCgroups()).toBe(own.cgroups === 'present');
    await own.close();
    expect({ ...left(folder), alive: isAlive(pid) }).toEqual({ folder: false, mounts: false, alive: false });
    expect(hasCgroups()).toBe(false);
  });

  it('leaves no process and no mount behind when its own process is killed', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const module = new URL('./start-cluster.ts', import.meta.url).href;
    const program = `const { startCluster } = await import(${JSON.stringify(module)});
      const cluster = await startCluster();
      const { containerPid: pid, upperDir } = cluster;
      console.log(pid('payments', 'x', 'app'), pid('payments', 'multi', 'app'), upperDir('payments', 'x', 'app'));
      process.kill(process.pid, 'SIGKILL');`;
    let printed = '';
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      printed = String(typeof error === 'object' && error !== null ? Reflect.get(error, 'stdout') : '');
    }
    const [first, second, upper = ''] = printed.trim().split(' ');
    const pids = [Number(first), Number(second)];
    expect(pids.every((pid) => pid > 1)).toBe(true);
    await expect.poll(() => pids.filter(isAlive), PATIENTLY).toEqual([]);
    const folder = upper.split('/containers/')[0] ?? '';
    expect(left(folder)).toEqual({ folder: true, mounts: false });
    removeTree(folder);
  });
});

describe('a cluster without processes', () => {
  it('says why, answers the API as ever, and refuses a shell', async () => {
    await using bare = await startCluster({ containers: 'no shell' });
    expect(bare.containersReason).not.toBe('');
    const pods = await callApi(bare, { path: '/api/v1/namespaces/payments/pods/x' });
    expect(pods.text).toContain('"phase":"Running"');
    const log = await callApi(bare, { path: '/api/v1/namespaces/payments/pods/x/log' });
    expect(log.text).toContain('checkout: starting');
    const result = await execOverWebSocket(bare, { pod: 'x', command: ['sh'] });
    expect(onChannel(result, 3).toString()).toContain('executable file not found in $PATH');
  });
});
