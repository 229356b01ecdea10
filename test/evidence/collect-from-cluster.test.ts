import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import type { KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';
import { collectRequest, openTestBundle } from './open-test-bundle.ts';

const AWKWARD = 'a\nb "c" $(touch planted);\'d\'';
const BUSYBOX_IMAGE = 'registry.example/tools/busybox:1.38';
const SECRET_MOUNTS = ['/etc/checkout/keys', '/var/run/secrets/kubernetes.io/serviceaccount'];
const SECRET = 'sk_live_stand_in_0123456789';

let cluster: StandInCluster;
let client: KubernetesClient;
beforeAll(async () => {
  cluster = await startCluster();
  client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, cluster.token('responder')));
  await cluster.addPod({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'small', namespace: 'payments' },
    spec: {
      nodeName: 'node-a',
      containers: [
        {
          name: 'app',
          image: BUSYBOX_IMAGE,
          command: ['sh', '-c', `mkdir -p /data; printf x >"/data/$1"; exec sleep 86400`, 'sh', AWKWARD],
          volumeMounts: [
            { name: 'keys', mountPath: '/etc/checkout/keys', readOnly: true },
            { name: 'scratch', mountPath: '/data/scratch' },
          ],
        },
      ],
      volumes: [
        { name: 'keys', secret: { secretName: 'checkout-keys' } },
        { name: 'scratch', emptyDir: {} },
      ],
    },
  });
}, 30_000);
afterAll(async () => {
  client.close();
  await cluster.close();
});

/** Every file below a folder with its size and time of change. */
const snapshot = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { size, mtimeMs, ctimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {};
      return `${name} ${size} ${mtimeMs} ${ctimeMs}`;
    });

/** Member names as GNU tar lists them, escapes undone by C's rules for newlines only. */
const members = (archive: string): readonly string[] =>
  execFileSync('tar', ['--quoting-style=escape', '-tf', archive], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map((name) => name.replaceAll('\\n', '\n').replaceAll('\\ ', ' '));

const recordSchema = z.looseObject({ type: z.string() });
const records = (content: Buffer) =>
  content
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => recordSchema.parse(JSON.parse(line)));

const execs = () => cluster.requests.filter(({ path }) => path.includes('/exec'));

/** Processes of a container as this machine sees them, by their root. */
const processesOf = (pod: string): readonly string[] => {
  const first = cluster.containerPid('payments', pod, 'app');
  const namespace = statSync(`/proc/${first}/ns/pid`).ino;
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return statSync(`/proc/${pid}/ns/pid`).ino === namespace;
    } catch {
      // Gone by now, or not ours to see.
      return false;
    }
  });
};

/** Processes that came since, dead ones that nobody waited for among them. */
const since = (before: readonly string[], pod: string): readonly string[] =>
  processesOf(pod).filter((pid) => !before.includes(pid));

describe('a container of the stand-in cluster', () => {
  beforeEach(({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
  });

  it.each(['x', 'small'])(
    'gives its own files and no mount, and nothing is written into it (%s)',
    async (pod) => {
      await expect.poll(() => processesOf(pod).length).toBeGreaterThan(0);
      const upper = cluster.upperDir('payments', pod, 'app');
      const [before, running] = [snapshot(upper), processesOf(pod)];
      using test = openTestBundle(client);
      const volatile = await test.bundle.collect(
        collectRequest({ pod, collection: 'volatile', secretMounts: SECRET_MOUNTS }),
      );
      const files = await test.bundle.collect(
        collectRequest({ pod, secretMounts: SECRET_MOUNTS, maxBytes: 4 * 1024 ** 3 }),
      );
      expect(volatile).toMatchObject({ completeness: 'COUNTED' });
      expect(files).toMatchObject({ completeness: 'VERIFIED' });
      expect(snapshot(upper)).toEqual(before);
      await expect.poll(() => since(running, pod)).toEqual([]);
      const names = members(join(test.folder, 'files.tar'));
      expect(names).toContain(pod === 'x' ? './app/checkout' : `./data/${AWKWARD}`);
      const mounted = /^\.\/(?:proc|sys|dev|etc\/checkout\/keys|var\/run\/secrets|scratch|data\/scratch)\/./;
      expect(names.filter((name) => mounted.test(name))).toEqual([]);
      for (const name of ['files.tar', 'volatile.jsonl'])
        expect(test.read(name).includes(SECRET)).toBe(false);
    },
  );

  it('shows the deleted program, the socket and its holder, and the mounted secrets', async () => {
    using test = openTestBundle(client);
    await test.bundle.collect(
      collectRequest({ pod: 'x', collection: 'volatile', secretMounts: SECRET_MOUNTS }),
    );
    const all = records(test.read('volatile.jsonl'));
    expect(all).toContainEqual(
      expect.objectContaining({ type: 'process', exe: '/tmp/.cache-sync (deleted)', exeDeleted: true }),
    );
    expect(all).toContainEqual(
      expect.objectContaining({
        protocol: 'tcp',
        state: 'ESTABLISHED',
        remote: { address: '127.0.0.1', port: 8080 },
        owners: [{ pid: expect.any(Number), fd: expect.any(Number) }],
      }),
    );
    const secrets = all.filter(({ type }) => type === 'secret').map((record) => record['path']);
    expect(secrets).toContainEqual(expect.stringMatching(/^\/etc\/checkout\/keys\/.*api-key$/));
    expect(secrets).toContainEqual(expect.stringContaining('/var/run/secrets/kubernetes.io/serviceaccount/'));
    expect(all).toContainEqual(
      expect.objectContaining({
        type: 'process',
        pid: 1,
        environ: expect.arrayContaining([{ name: 'PAYMENT_API_KEY', value: test.bundle.keyedHash(SECRET) }]),
      }),
    );
  });

  it('gives a mounted path when it is asked for by name', async () => {
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ pod: 'small', paths: ['/data/scratch'] }));
    expect(artifact.completeness).toBe('VERIFIED');
    expect(members(join(test.folder, 'files.tar'))).toEqual(['./data/scratch/']);
  });

  it('keeps the content of a mounted secret that nobody told it of', async () => {
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(
      collectRequest({ pod: 'small', paths: ['/etc/checkout/keys', '/data'] }),
    );
    expect(artifact.completeness).toBe('INCOMPLETE');
    expect(artifact.notes[0]).toContain('"/etc/checkout/keys" holds mounted secrets');
    expect(test.read('files.tar').includes(SECRET)).toBe(false);
  });

  it('of another user is read as that user', async () => {
    using test = openTestBundle(client);
    const artifact = await test.bundle.collect(collectRequest({ pod: 'multi', paths: ['/etc', '/app'] }));
    expect(artifact.completeness).toBe('VERIFIED');
  });

  it('is asked to run sh and nothing else', async () => {
    using test = openTestBundle(client);
    const before = execs().length;
    await test.bundle.collect(collectRequest({ pod: 'x', collection: 'volatile' }));
    expect(execs().slice(before)).toHaveLength(1);
    const { path } = execs().at(-1) ?? { path: '' };
    expect(new URL(path, cluster.url).searchParams.getAll('command')).toEqual(['sh', '-s']);
  });

  it('whose connection breaks is INCOMPLETE, never whole', async () => {
    using test = openTestBundle(client);
    const fault = cluster.faults.cutExecAfterBytes(5_001);
    const artifact = await test.bundle.collect(collectRequest({ pod: 'x' })).finally(fault.remove);
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE' });
    expect(artifact.bytes).toBeLessThanOrEqual(5_001);
  });

  it('without a Status at the end is INCOMPLETE', async () => {
    using test = openTestBundle(client);
    const fault = cluster.faults.closeExecWithoutStatus();
    const artifact = await test.bundle.collect(collectRequest({ pod: 'small' })).finally(fault.remove);
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE' });
  });

  it('has no collector left soon after a person stopped it', async () => {
    const running = processesOf('x');
    const stop = new AbortController();
    using test = openTestBundle(client, stop.signal);
    const fault = cluster.faults.limitExecRate(1_000);
    const collecting = test.bundle.collect(collectRequest({ pod: 'x', maxBytes: 4 * 1024 ** 3 }));
    await expect.poll(() => test.progress.length).toBeGreaterThan(0);
    stop.abort(new Error('a person cancelled'));
    const artifact = await collecting.finally(fault.remove);
    expect(artifact.completeness).toBe('INCOMPLETE');
    await expect.poll(() => since(running, 'x'), { timeout: 10_000 }).toEqual([]);
  });
});

describe('a container without a shell', () => {
  it('is said to have none', async () => {
    using test = openTestBundle(client);
    await expect(test.bundle.collect(collectRequest({ pod: 'noshell' }))).rejects.toMatchObject({
      code: 'no-shell',
    });
  });
});

describe('a cluster that speaks only v4', () => {
  it('gives the same evidence, and the collector ends by itself', async (context) => {
    await using old = await startCluster({ execProtocols: ['v4'] });
    if (old.containers === 'no shell') return context.skip(old.containersReason);
    const oldClient = clientOf(fixedAccess(new URL(old.url), old.caPem, old.token('responder')));
    using test = openTestBundle(oldClient);
    const artifact = await test.bundle.collect(collectRequest({ pod: 'x', paths: ['/app'] }));
    oldClient.close();
    expect(artifact.completeness).toBe('VERIFIED');
    expect(members(join(test.folder, 'files.tar'))).toContain('./app/checkout');
  });
});
