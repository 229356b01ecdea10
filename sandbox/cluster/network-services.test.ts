import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADDRESSES } from './network/addresses.ts';
import { removeTree } from './runtime/remove-tree.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import {
  addressOf,
  HTTP_PORT,
  podOf,
  policy,
  reached,
  shellIn,
  startNetworkScene,
  withPolicies,
} from './testing/network-scene.ts';

const PATIENTLY = { timeout: 15_000 };
const MODE = { enforcement: 'networkpolicy', connections: 'kept' } as const;
let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startNetworkScene(MODE);
});
afterAll(() => cluster.close());
beforeEach(({ skip }) => {
  if (cluster.network === 'loopback only') skip(cluster.networkReason);
});

/** Runs a script of Node's in the network of a pod. */
const nodeIn = (ns: string, pod: string, script: string, ...args: readonly string[]) =>
  cluster.runOnNode([
    ...['nsenter', '-t', String(cluster.containerPid(ns, pod, 'app')), '-n', '--'],
    ...[process.execPath, '--input-type=module', '-e', script, '--', ...args],
  ]);

describe('the name system', () => {
  const lookup = (name: string, server = '') =>
    shellIn(cluster, 'shop/web', `nslookup -type=a ${name} ${server}`);

  it('knows Services and pods, behind its Service and on the node', async () => {
    const api = 'kubernetes.default.svc.cluster.local';
    expect(await lookup(api)).toContain(`Address: ${ADDRESSES.apiService}`);
    expect(await lookup(api, ADDRESSES.nodeLocalDns)).toContain(`Address: ${ADDRESSES.apiService}`);
    const address = addressOf(cluster, 'lab/client');
    const pod = `${address.replaceAll('.', '-')}.lab.pod.cluster.local`;
    expect(await lookup(pod)).toContain(`Address: ${address}`);
  });

  it('is where a pod looks for names, first in its own namespace', async () => {
    expect(await shellIn(cluster, 'shop/web', 'cat /etc/resolv.conf')).toBe(
      'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    );
  });

  it('says that there is no such name', async () => {
    for (const name of ['nobody.shop.svc.cluster.local', '10-244-9-9.shop.pod.cluster.local', 'example.com'])
      expect(await lookup(name)).toContain("can't find");
  });

  it('answers over TCP too', async () => {
    const script = `import { connect } from 'node:net';
      const name = Buffer.concat([...'kube-dns.kube-system.svc.cluster.local'.split('.').map((label) =>
        Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])), Buffer.from([0, 0, 1, 0, 1])]);
      const query = Buffer.concat([Buffer.from([7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name]);
      const socket = connect(53, '${ADDRESSES.dnsService}');
      socket.write(Buffer.concat([Buffer.from([0, query.length]), query]));
      socket.once('data', (answer) => { console.log([...answer.subarray(-4)].join('.')); socket.destroy(); });`;
    expect(await nodeIn('shop', 'web', script)).toBe(`${ADDRESSES.dnsService}\n`);
  });

  it('answers again when its pod was replaced', async () => {
    const pod = ['kube-system', 'coredns-5c8d6f7b9-q4x2m'] as const;
    const before = addressOf(cluster, pod.join('/'));
    await cluster.replacePod(...pod);
    await cluster.settled();
    expect(addressOf(cluster, pod.join('/'))).not.toBe(before);
    expect(await lookup('kubernetes.default.svc.cluster.local')).toContain(ADDRESSES.apiService);
  });
});

describe('what a pod finds at the addresses of the node', () => {
  it('is the API server behind its Service, with a certificate for it', async () => {
    const script = `import { get } from 'node:https';
      const [ca, token] = process.argv.slice(1);
      get('https://${ADDRESSES.apiService}/api/v1/namespaces/shop/pods/web',
        { ca, headers: { authorization: 'Bearer ' + token }, agent: false },
        (response) => { response.resume(); console.log(response.statusCode); });`;
    expect(await nodeIn('shop', 'web', script, cluster.caPem, cluster.token('admin'))).toBe('200\n');
    expect(cluster.requests.at(-1)).toMatchObject({
      path: '/api/v1/namespaces/shop/pods/web',
      user: 'admin',
    });
  });

  it('are the metadata service, the pod identity agent and a host outside', async () => {
    const script = `for (const address of process.argv.slice(1))
      process.stdout.write(await (await fetch('http://' + address + '/latest/')).text());`;
    const { metadata, podIdentity, outside } = ADDRESSES;
    expect(await nodeIn('shop', 'web', script, metadata, podIdentity, outside)).toBe(
      'stand-in metadata\nstand-in pod identity\nstand-in outside\n',
    );
  });

  it('is the kubelet, which lets nobody in', async () => {
    const script = `import { get } from 'node:https';
      get('https://${ADDRESSES.node}:10250/pods', { ca: process.argv[1], agent: false },
        (response) => { response.resume(); console.log(response.statusCode); });`;
    expect(await nodeIn('shop', 'web', script, cluster.caPem)).toBe('401\n');
  });

  it('is nothing where nobody listens', async () => {
    const nowhere = [`${ADDRESSES.node}:9`, `${ADDRESSES.metadata}:81`, '192.0.2.1:80'];
    expect(await reached(cluster, 'shop/web', nowhere)).toEqual([]);
  });
});

describe('a Service', () => {
  const SERVICE = '10.96.7.7';
  const call = (from: string, port = 80) => shellIn(cluster, from, `nc -w 3 ${SERVICE} ${port}`);
  beforeAll(() => {
    cluster.addObject({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' } },
      spec: {
        ...{ type: 'ClusterIP', clusterIP: SERVICE, selector: { app: 'web' } },
        ports: [
          { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
          { name: 'other', port: 81, targetPort: HTTP_PORT, protocol: 'TCP' },
        ],
      },
    });
  });

  it('leads to the pods that it selects, by number and by name, also from the node and from the pod itself', async () => {
    await cluster.settled();
    expect(await call('lab/client')).toBe('web\n');
    expect(await call('lab/client', 81)).toBe('web\n');
    expect(await call('shop/web')).toBe('web\n');
    expect(await cluster.runOnNode(['busybox', 'nc', '-w', '3', SERVICE, '80'])).toBe('web\n');
    expect(await shellIn(cluster, 'lab/client', 'nslookup -type=a web.shop.svc.cluster.local')).toContain(
      SERVICE,
    );
  });

  it('leads to another pod too, and to none that is not ready', async () => {
    await cluster.addPod(podOf('shop', 'web-2', { app: 'web' }));
    await cluster.settled();
    const seen = async () => new Set(await Promise.all(Array.from({ length: 8 }, () => call('lab/client'))));
    await expect.poll(seen, PATIENTLY).toEqual(new Set(['web\n', 'web-2\n']));
    cluster.setReadiness('shop', 'web', 'not ready');
    await cluster.settled();
    await expect.poll(seen, PATIENTLY).toEqual(new Set(['web-2\n']));
    cluster.setReadiness('shop', 'web', 'ready');
    await cluster.deletePod('shop', 'web-2');
    await cluster.settled();
    expect(await seen()).toEqual(new Set(['web\n']));
  });
});

describe('a pod on the host network', () => {
  it('has the address of its node, and no policy holds it', async () => {
    const base = podOf('shop', 'on-host', { app: 'agent' }, { hostNetwork: true });
    const command = ['sleep', '86400'];
    const [container] = base.spec.containers;
    if (container === undefined) throw new Error('a pod has a container');
    await cluster.addPod({ ...base, spec: { ...base.spec, containers: [{ ...container, command }] } });
    expect(addressOf(cluster, 'shop/on-host')).toBe(ADDRESSES.node);
    const isolate = policy('isolate', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    await withPolicies(cluster, [isolate], async () => {
      const targets = [`${ADDRESSES.metadata}:80`, `shop/web:${HTTP_PORT}`];
      expect(await reached(cluster, 'shop/on-host', targets)).toEqual(targets);
      expect(await reached(cluster, 'shop/client', targets)).toEqual([]);
    });
    await cluster.deletePod('shop', 'on-host');
    expect(await reached(cluster, 'shop/web', [`${ADDRESSES.metadata}:80`])).toHaveLength(1);
  });
});

describe('a cluster with a network that ends', () => {
  const inode = (pid: number) => readlinkSync(`/proc/${pid}/ns/net`);
  const used = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [inode(Number(pid))];
        } catch {
          return [];
        }
      });

  it('leaves no namespace behind when it is closed', async () => {
    const own = await startNetworkScene(MODE);
    const pod = inode(own.containerPid('shop', 'web', 'app'));
    const node = (await own.runOnNode(['readlink', '/proc/self/ns/net'])).trim();
    expect(used()).toEqual(expect.arrayContaining([pod, node]));
    await own.close();
    expect(used().filter((one) => one === pod || one === node)).toEqual([]);
    expect(execFileSync('ip', ['-brief', 'link'], { encoding: 'utf8' })).not.toMatch(/^pod/m);
  });

  it('leaves no namespace behind when its own process is killed', async () => {
    const module = new URL('./testing/network-scene.ts', import.meta.url).href;
    const program = `const { startNetworkScene } = await import(${JSON.stringify(module)});
      const cluster = await startNetworkScene(${JSON.stringify(MODE)});
      const node = (await cluster.runOnNode(['readlink', '/proc/self/ns/net'])).trim();
      console.log(cluster.containerPid('shop', 'web', 'app'), node, cluster.upperDir('shop', 'web', 'app'));
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
    const [pid = '', node = '', upper = ''] = printed.trim().split(' ');
    expect(node).toMatch(/^net:/);
    await expect.poll(() => existsSync(`/proc/${pid}`) || used().includes(node), PATIENTLY).toBe(false);
    removeTree(upper.split('/containers/')[0] ?? '');
  });
});
