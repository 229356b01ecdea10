import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import { outputOf } from './testing/exec-over-websocket.ts';

const IMAGE = 'registry.example/tools/proxy:1.9';

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster();
}, 30_000);
afterAll(() => cluster.close());

async function create(name: string, spec: object, container: object = {}): Promise<number> {
  const body = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { ...spec, containers: [{ name: 'fb', image: IMAGE, command: ['sleep', '600'], ...container }] },
  };
  const answer = await callApi(cluster, { method: 'POST', path: '/api/v1/namespaces/payments/pods', body });
  await cluster.settled();
  return answer.status;
}
const pod = (name: string) => cluster.object({ group: '', resource: 'pods', namespace: 'payments', name });
const run = (name: string, script: string) =>
  outputOf(cluster, { pod: name, container: 'fb', command: ['sh', '-c', `${script} 2>&1`] });

describe('a pod that is made to look from', () => {
  it('keeps the tolerations that it asks for', async () => {
    await create('tolerant', { tolerations: [{ operator: 'Exists' }] });
    expect(pod('tolerant')?.['spec']).toMatchObject({ tolerations: [{ operator: 'Exists' }, {}, {}] });
  });

  it('is ended at its deadline by the kubelet', async () => {
    await create('late', { activeDeadlineSeconds: 1, restartPolicy: 'Never' });
    await expect
      .poll(() => pod('late')?.['status'], { timeout: 10_000 })
      .toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect(pod('late')?.['status']).toMatchObject({
      containerStatuses: [{ ready: false, state: { terminated: { exitCode: 137 } } }],
    });
  });

  describe('with processes', () => {
    beforeEach(({ skip }) => {
      if (cluster.containers === 'no shell') skip(cluster.containersReason);
    });

    it('has no credential when it wants none', async () => {
      await create('bare', { automountServiceAccountToken: false });
      expect(await run('bare', 'ls /var/run/secrets')).toContain('No such file');
      await create('usual', {});
      expect(await run('usual', 'ls /var/run/secrets/kubernetes.io/serviceaccount')).toContain('token');
    });

    it('has ended well or badly as its program has', async () => {
      await create('well', { restartPolicy: 'Never' }, { command: ['true'] });
      await expect.poll(() => pod('well')?.['status']).toMatchObject({ phase: 'Succeeded' });
      await create('badly', { restartPolicy: 'Never' }, { command: ['sh', '-c', 'exit 3'] });
      await expect.poll(() => pod('badly')?.['status']).toMatchObject({ phase: 'Failed' });
    });

    it('sees the processes of every pod by hostPID, and leaves none of its own behind', async () => {
      await create('node', { hostPID: true }, { command: ['sh', '-c', 'sleep 4711; true'] });
      const seen = await run('node', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "');
      expect(seen).toContain('/app/checkout');
      await cluster.deletePod('payments', 'node');
      await create('node', { hostPID: true });
      expect(await run('node', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')).not.toContain('4711');
    });

    it('tells by their cgroups which container of which pod they belong to', async ({ skip }) => {
      if (cluster.cgroups === 'none') skip('this machine lets us make no cgroups');
      await create('looking', { hostPID: true });
      const seen = await run('looking', 'cat /proc/[0-9]*/cgroup');
      const { metadata, ...x } = pod('x') ?? { metadata: { uid: 'no pod' } };
      const id = /"containerID":"containerd:\/\/([0-9a-f]+)"/.exec(JSON.stringify(x))?.[1];
      const slice = `kubepods-besteffort-pod${metadata.uid?.replaceAll('-', '_')}.slice`;
      expect(seen).toContain(`/${slice}/cri-containerd-${id}.scope\n`);
      await cluster.deletePod('payments', 'looking');
    });
  });
});
