import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN_PORT,
  addressOf,
  ECHO_PORT,
  HTTP_PORT,
  openConnection,
  podOf,
  reached,
  shellIn,
} from '../../sandbox/cluster/testing/network-scene.ts';
import { netnsByHand } from '../../src/core/netns.ts';
import { codeOf, lacks, type NetnsScene, type Rules, startNetnsScene } from './netns-scene.ts';

const WEB = 'shop/web';
const NODE = '10.88.0.1';
const PORTS = [HTTP_PORT, ADMIN_PORT, ECHO_PORT].map((port) => `${WEB}:${port}`).toSorted();

let scene: NetnsScene;
let rules: Rules;
beforeAll(async () => {
  if (lacks === '') scene = await startNetnsScene();
}, 60_000);
afterAll(async () => {
  if (lacks === '') await scene.close();
});
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
  if (scene.cluster.network === 'loopback only') skip(scene.cluster.networkReason);
  if (scene.cluster.cgroups === 'none') skip('this machine lets us make no cgroups');
  rules = scene.rules(WEB, [HTTP_PORT]);
  const away = `nft delete table inet ${rules.table} 2>/dev/null || true`;
  for (const pod of [WEB, 'lab/client']) scene.inside(pod, 'sh', '-c', away);
});

/** Which ports of the pod answer to a program in the node's network. */
const fromNode = async (ports: readonly number[]): Promise<readonly number[]> => {
  const address = addressOf(scene.cluster, WEB);
  const tries = ports.map(async (port) => {
    const script = `busybox nc -w 1 ${address} ${port} </dev/null >/dev/null 2>&1 && echo open || echo closed`;
    return (await scene.cluster.runOnNode(['sh', '-c', script])).trim() === 'open' ? [port] : [];
  });
  return (await Promise.all(tries)).flat();
};
const established = (pod: string): readonly string[] =>
  scene.inside(pod, 'ss', '-Htn', 'state', 'established').trim().split('\n').filter(Boolean);

describe('rules in a pod’s own network namespace', () => {
  it('let nothing in and nothing out, and are no rules of its siblings', async () => {
    expect(await reached(scene.cluster, 'shop/client', PORTS)).toEqual(PORTS);
    await rules.load();
    expect(await reached(scene.cluster, 'shop/client', PORTS)).toEqual([]);
    const client = addressOf(scene.cluster, 'lab/client');
    const outside = [`${client}:${ECHO_PORT}`, `${NODE}:10250`];
    expect(await reached(scene.cluster, WEB, outside)).toEqual([]);
    expect(await reached(scene.cluster, 'shop/client', outside)).toEqual(outside.toSorted());
    expect(await shellIn(scene.cluster, WEB, `nc -w 1 127.0.0.1 ${HTTP_PORT} </dev/null`)).toContain('web');
  });

  it('end what is open, so that nothing of it stands', async () => {
    const connection = await openConnection(scene.cluster, WEB, 'lab/client');
    const inward = await openConnection(scene.cluster, 'shop/client', WEB);
    await expect.poll(connection.echoed).toBeGreaterThan(0);
    await expect.poll(inward.echoed).toBeGreaterThan(0);
    expect(established(WEB)).toHaveLength(2);
    await rules.load();
    expect(established(WEB)).toEqual([]);
  });

  it('end UDP sockets that have a peer', async () => {
    const connect = `const socket = require('dgram').createSocket('udp4');
      socket.on('error', () => undefined).connect(53, '${NODE}', () => console.log('connected'));`;
    const pid = String(scene.cluster.containerPid('shop', 'web', 'app'));
    const talks = spawn('nsenter', ['-t', pid, '-n', '--', process.execPath, '-e', connect]);
    try {
      await once(talks.stdout, 'data');
      const open = () => scene.inside(WEB, 'ss', '-Hun', 'state', 'established').trim();
      expect(open()).toContain(NODE);
      await rules.load();
      expect(open()).toBe('');
    } finally {
      talks.kill('SIGKILL');
    }
  });

  it('let kubelet’s probes in from the node, and nothing else of the node', async () => {
    const ping = `busybox ping -c 1 -W 1 ${addressOf(scene.cluster, WEB)} >/dev/null && echo heard || echo lost`;
    expect(await scene.cluster.runOnNode(['sh', '-c', ping])).toContain('heard');
    expect(await fromNode([HTTP_PORT, ADMIN_PORT, ECHO_PORT])).toEqual([HTTP_PORT, ADMIN_PORT, ECHO_PORT]);
    await rules.load();
    expect(await fromNode([HTTP_PORT, ADMIN_PORT, ECHO_PORT])).toEqual([HTTP_PORT]);
    expect(await scene.cluster.runOnNode(['sh', '-c', ping])).toContain('lost');
  });

  it('let them in from the address by which the node reaches the pod, where kubelet reports another', async () => {
    const address = addressOf(scene.cluster, WEB);
    const link = /dev (\S+)/.exec(await scene.cluster.runOnNode(['ip', 'route', 'get', address]))?.[1] ?? '';
    const from = (source: string) =>
      scene.cluster.runOnNode(['ip', 'route', 'replace', `${address}/32`, 'dev', link, 'src', source]);
    await from('169.254.1.1');
    try {
      await rules.load();
      expect(await fromNode([HTTP_PORT, ADMIN_PORT])).toEqual([HTTP_PORT]);
    } finally {
      await from(NODE);
    }
    expect(rules.isAsMade(await rules.get())).toBe(true);
  });

  it('let nobody begin a connection to the node from a port that is probed', async () => {
    const outward = (from: number): string => {
      const to = JSON.stringify({ host: NODE, port: 10250, localPort: from });
      const connect = `const socket = require('net').connect(${to});
        const over = (word) => { console.log(word); process.exit(); };
        socket.on('connect', () => over('through')).on('error', () => over('not'));
        setTimeout(() => over('not'), 1000);`;
      return scene.inside(WEB, process.execPath, '-e', connect);
    };
    expect(outward(6000)).toBe('through\n');
    // Another port: the first one is not free again so soon.
    await scene.rules(WEB, [6001]).load();
    expect(outward(6001)).toBe('not\n');
  });

  it('let the connections of probes stand that are open', async () => {
    const address = addressOf(scene.cluster, WEB);
    const echo = scene.rules(WEB, [ECHO_PORT]);
    const talk = `{ echo one; sleep 2; echo two; sleep 1; } | busybox nc ${address} ${ECHO_PORT}`;
    const said = scene.cluster.runOnNode(['sh', '-c', talk]);
    await expect.poll(() => established(WEB)).toHaveLength(1);
    await echo.load();
    expect(await said).toBe('one\ntwo\n');
  });

  it('write nothing into the pod’s files', async () => {
    const files = () => readdirSync(scene.cluster.upperDir('shop', 'web', 'app'), { recursive: true });
    const before = files();
    await rules.load();
    await rules.ending.remove(await rules.ending.get());
    expect(files()).toEqual(before);
  });
});

describe('such rules as an object', () => {
  it('are not there, are tried without being made, are made once, and are read back as they were made', async () => {
    expect(await codeOf(rules.get())).toBe('not-found');
    expect(rules.isAsMade(await rules.try())).toBe(true);
    expect(scene.inside(WEB, 'nft', 'list', 'tables')).not.toContain(rules.table);
    const made = await rules.load();
    expect(rules.isAsMade(made)).toBe(true);
    expect(await rules.get()).toEqual(made);
    expect(await codeOf(rules.load())).toBe('conflict');
    expect(await codeOf(rules.try())).toBe('conflict');
    expect(await rules.get()).toEqual(made);
  });

  it.each([
    ['has another rule', (table: string) => ['insert', 'rule', 'inet', table, 'output', 'accept']],
    ['lacks one', (table: string) => ['flush', 'chain', 'inet', table, 'input']],
    ['is in another order', (table: string) => ['chain', 'inet', table, 'output', '{ policy accept; }']],
  ])('are not as they were made when one %s', async (_what, change) => {
    await rules.load();
    scene.inside(WEB, 'nft', ...change(rules.table));
    expect(rules.isAsMade(await rules.get())).toBe(false);
    expect(await codeOf(rules.load())).toBe('conflict');
  });

  it('are made whole where a load ended between the rules and the cut', async () => {
    const connection = await openConnection(scene.cluster, WEB, 'lab/client');
    await expect.poll(connection.echoed).toBeGreaterThan(0);
    await rules.load();
    scene.inside(WEB, 'nft', 'delete', 'chain', 'inet', rules.table, 'cut');
    expect(await codeOf(rules.get())).toBe('not-found');
    expect(rules.isAsMade(await rules.load())).toBe(true);
  });

  it('are taken away as they were seen, even those of a load that ended early, and once', async () => {
    await rules.load();
    scene.inside(WEB, 'nft', 'delete', 'chain', 'inet', rules.table, 'cut');
    const found = await rules.ending.get();
    expect(rules.isAsMade(found)).toBe(true);
    await rules.ending.remove(found);
    expect(scene.inside(WEB, 'nft', 'list', 'tables')).not.toContain(rules.table);
    expect(await codeOf(rules.ending.get())).toBe('not-found');
    expect(await codeOf(rules.ending.remove(found))).toBe('not-found');
    expect(await reached(scene.cluster, 'shop/client', PORTS)).toEqual(PORTS);
  });

  it('are left where others of their name came in their place since they were seen', async () => {
    await rules.load();
    const found = await rules.ending.get();
    scene.inside(WEB, 'nft', 'delete', 'table', 'inet', rules.table);
    scene.inside(WEB, 'nft', 'add', 'table', 'inet', rules.table);
    expect(await codeOf(rules.ending.remove(found))).toBe('conflict');
    expect(scene.inside(WEB, 'nft', 'list', 'tables')).toContain(rules.table);
  });
});

describe('the command that takes such rules away by hand', () => {
  it('does so from a pod on the node, and touches nothing else', async () => {
    await rules.load();
    await scene.rules('lab/client', []).load();
    const script = /sh -c '(.*)'$/.exec(netnsByHand(rules.text))?.[1] ?? '';
    await scene.onNode(script);
    expect(scene.inside(WEB, 'nft', 'list', 'tables')).not.toContain(rules.table);
    expect(scene.inside('lab/client', 'nft', 'list', 'tables')).toContain(rules.table);
  });
});

describe('whose network it is', () => {
  it('is found by pod and container id, not by what a privileged suspect calls a cgroup of its own', async () => {
    // The web server began before this client did, and poses as the client's first process.
    const place = (pid: number) => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
    const root = readFileSync('/proc/mounts', 'utf8').match(/^\S+ (\S+) cgroup2 /m)?.[1] ?? '';
    const web = scene.cluster.containerPid('shop', 'web', 'app');
    const client = place(scene.cluster.containerPid('lab', 'client', 'app'));
    const posed = join(root, place(web), client.slice(client.indexOf('/kubepods-')));
    const before = join(root, place(web), 'cgroup.procs');
    mkdirSync(posed, { recursive: true });
    writeFileSync(join(posed, 'cgroup.procs'), String(web));
    try {
      await scene.rules('lab/client', []).load();
    } finally {
      writeFileSync(before, String(web));
    }
    expect(scene.inside(WEB, 'nft', 'list', 'tables')).not.toContain(rules.table);
    expect(scene.inside('lab/client', 'nft', 'list', 'tables')).toContain(rules.table);
  });

  it('is never the node’s', async () => {
    await scene.cluster.addPod(podOf('shop', 'on-node', {}, { hostNetwork: true }));
    const onNode = scene.rules('shop/on-node', []);
    expect(await codeOf(onNode.load())).toBe('conflict');
    expect(await codeOf(onNode.try())).toBe('conflict');
    expect(await scene.cluster.runOnNode(['nft', 'list', 'tables'])).not.toContain(rules.table);
  });

  it('is gone with its pod, also where another one has its name', async () => {
    await scene.cluster.addPod(podOf('shop', 'short', {}));
    const short = scene.rules('shop/short', []);
    await short.load();
    const found = await short.ending.get();
    await scene.cluster.replacePod('shop', 'short');
    expect(await codeOf(short.ending.get())).toBe('not-found');
    expect(await codeOf(short.ending.remove(found))).toBe('not-found');
    expect(await codeOf(short.load())).toBe('not-found');
    await scene.cluster.deletePod('shop', 'short');
    expect(await codeOf(short.ending.get())).toBe('not-found');
  });
});
