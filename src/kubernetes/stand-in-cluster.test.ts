import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { clientOf } from '../../test/kubernetes/client-of.ts';
import { kubeconfig } from '../clouds/kubeconfig.ts';
import type { CloudContext } from '../core/cloud.ts';
import type { ResourcePath } from '../core/cluster.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { KubernetesClient } from './cluster-client.ts';

const signal = new AbortController().signal;
const PODS: ResourcePath = { group: '', version: 'v1', namespace: 'payments', resource: 'pods' };

let cluster: StandInCluster;
let folder: string;
const clients: KubernetesClient[] = [];
beforeAll(async () => {
  cluster = await startCluster();
  folder = await mkdtemp(join(tmpdir(), 'firebreak-stand-in-'));
});
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

const as = async (user: string): Promise<KubernetesClient> => {
  const path = join(folder, user);
  cluster.writeKubeconfig(path, user);
  const context: CloudContext = {
    ...{ cluster: 'stand-in', identity: 'act', home: folder, baseDir: folder },
    clock: systemClock,
    environment: {},
  };
  const client = clientOf(await kubeconfig.access.connect({ path }, context, signal));
  clients.push(client);
  return client;
};
const text = async (stream: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

describe('a whole cluster, by its kubeconfig', () => {
  it('lists the rules that hold for it in a namespace, and outside of all', async () => {
    const everywhere = { verbs: ['impersonate'], apiGroups: [''], resources: ['users'] };
    cluster.addUser('ruled', [
      { ...everywhere, resourceNames: ['alice'] },
      { verbs: ['get'], apiGroups: [''], resources: ['pods/exec'], namespaces: ['payments'] },
    ]);
    const client = await as('ruled');
    const exec = { verbs: ['get'], groups: [''], resources: ['pods/exec'], names: [] };
    const alice = { verbs: ['impersonate'], groups: [''], resources: ['users'], names: ['alice'] };
    const inside = await client.rulesIn('payments', signal);
    expect(inside.listed).toBe('all');
    expect(inside.rules).toEqual(expect.arrayContaining([exec, alice]));
    const { rules } = await client.rulesIn('kube-system', signal);
    expect(rules).toContainEqual(alice);
    expect(rules).not.toContainEqual(exec);
  });

  it('reads objects, lists and the version by token and by client certificate', async () => {
    for (const user of ['responder', 'cert-admin']) {
      const client = await as(user);
      expect(await client.version(signal)).toMatch(/^v1\./u);
      const pods = await client.list(PODS, {}, signal);
      expect(pods.length).toBeGreaterThan(0);
      expect(await client.get({ ...PODS, name: 'multi' }, signal)).toMatchObject({
        metadata: { name: 'multi' },
      });
    }
  });

  it('asks what it may do, and is refused what it may not', async () => {
    const reader = await as('reader');
    const exec = { verb: 'create', group: '', resource: 'pods', subresource: 'exec' } as const;
    expect(await reader.allowed(exec, { namespace: 'payments' }, signal)).toBe(false);
    expect(await (await as('responder')).allowed(exec, { namespace: 'payments' }, signal)).toBe(true);
    await expect(
      (await as('exec-get-only')).exec({
        namespace: 'payments',
        pod: 'multi',
        container: 'app',
        command: ['true'],
        signal,
      }),
    ).rejects.toMatchObject({ code: 'not-allowed', message: expect.stringContaining('create pods/exec') });
  });

  it('acts as another user with extras, over REST and exec, where it may, and says when it may no more', async () => {
    const user = 'firebreak:lab';
    const rule = (apiGroup: string, resource: string, resourceNames: readonly string[] = []) => ({
      ...{ verbs: ['impersonate'], apiGroups: [apiGroup], resources: [resource], resourceNames },
    });
    const responder = cluster.users.find(({ name }) => name === 'responder');
    cluster.addUser(user, responder?.rules ?? []);
    cluster.addUser('impersonator', [
      rule('', 'users', [user]),
      ...['run', 'approvers'].map((key) => rule('authentication.k8s.io', `userextras/${key}`)),
    ]);
    const itself = await as('impersonator');
    const extra = { run: ['FB-2026-0001-1'], approvers: ['U1', 'U2'] };
    const acting = itself.as({ user, extra });
    expect(await itself.whoAmI(signal)).toMatchObject({ username: 'impersonator', extra: {} });
    expect(await acting.whoAmI(signal)).toEqual({ username: user, groups: ['system:authenticated'], extra });
    const pods = { verb: 'list', group: '', resource: 'pods' } as const;
    expect(await itself.allowed(pods, { namespace: 'payments' }, signal)).toBe(false);
    expect(await acting.allowed(pods, { namespace: 'payments' }, signal)).toBe(true);
    const before = cluster.requests.length;
    const failed = await acting
      .exec({ namespace: 'payments', pod: 'multi', container: 'none', command: ['true'], signal })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'not-found' });
    expect(cluster.requests.slice(before)).toMatchObject([
      { user: 'impersonator', resource: 'pods/exec', upgrade: true, impersonated: { user, extra } },
    ]);
    await expect(itself.as({ user: 'admin', extra: {} }).list(PODS, {}, signal)).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining(
        'may no longer act as the user of its runs in cluster lab: users "admin"',
      ),
    });
  });

  it('reads a log to its end', async () => {
    const client = await as('responder');
    const log = await client.logs(
      { namespace: 'payments', pod: 'multi', container: 'app', instance: 'current' },
      signal,
    );
    expect(typeof (await text(log))).toBe('string');
  });

  it('runs a script from stdin in a container, and counts what comes back', async (test) => {
    test.skip(cluster.containers === 'no shell', cluster.containersReason);
    const client = await as('responder');
    const session = await client.exec({
      namespace: 'payments',
      pod: 'multi',
      container: 'app',
      command: ['sh', '-s'],
      signal,
    });
    expect(session.protocol).toBe('v5');
    await session.write(Buffer.from('head -c 5000000 /dev/zero; echo done >&2; exit 7\n'));
    session.endStdin();
    const hash = createHash('sha256');
    const [stderr] = await Promise.all([
      text(session.stderr),
      (async () => {
        for await (const chunk of session.stdout) hash.update(chunk);
      })(),
    ]);
    expect(stderr).toBe('done\n');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(Buffer.alloc(5_000_000)).digest('hex'));
    expect(await session.status).toEqual({ kind: 'exited', code: 7 });
  });
});
