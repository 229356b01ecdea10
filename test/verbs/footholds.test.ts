import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterClient } from '../../src/core/cluster.ts';
import { type Foothold, footholdName } from '../../src/core/foothold.ts';
import { FOOTHOLD_PERMISSIONS } from '../../src/core/foothold-permissions.ts';
import type { Permission } from '../../src/core/permission.ts';
import { ephemeralPath, OBJECT_PATH, structureAt } from '../../src/core/structure.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { ephemeralFoothold } from '../../src/verbs/footholds/ephemeral-foothold.ts';
import { findFoothold } from '../../src/verbs/footholds/find-foothold.ts';
import { nodePod } from '../../src/verbs/footholds/node-pod.ts';
import { readPodSecurityLevel } from '../../src/verbs/footholds/pod-security-level.ts';
import { probePod } from '../../src/verbs/footholds/probe-pod.ts';
import { waitForFoothold } from '../../src/verbs/footholds/wait-for-foothold.ts';
import {
  type FootholdScene,
  NODES,
  order,
  PROBES,
  RESTRICTED_NAMESPACE,
  startFootholdScene,
} from './foothold-scene.ts';

const { signal } = new AbortController();
const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount';

let scene: FootholdScene;
beforeAll(async () => {
  scene = await startFootholdScene();
}, 60_000);
afterAll(() => scene[Symbol.asyncDispose]());

const beside = async (namespace: string, pod: string, deadlineSeconds = 600) => {
  const given = order(deadlineSeconds);
  const level = await readPodSecurityLevel(scene.client, namespace, signal);
  const made = ephemeralFoothold(given, scene.pod(namespace, pod), 'app', level);
  expect(await scene.addBeside(namespace, pod, made)).toBe('200');
  const ref = scene.beside(given.run, namespace, pod);
  return { ref, made, foothold: await waitForFoothold(scene.client, ref, signal, systemClock) };
};
const probe = async (deadlineSeconds = 600) => {
  const given = order(deadlineSeconds);
  const job = probePod(given, { namespace: PROBES, awayFrom: 'node-a' });
  expect(await scene.makeJob(job)).toBe('201');
  const ref = { kind: 'probe pod', run: given.run, namespace: PROBES } as const;
  return { ref, job, foothold: await waitForFoothold(scene.client, ref, signal, systemClock) };
};

describe('an ephemeral foothold', () => {
  beforeEach(({ skip }) => {
    if (scene.withoutProcesses !== '') skip(scene.withoutProcesses);
  });

  it('sees the processes and the files of a target without a shell', async () => {
    const { foothold } = await beside('payments', 'noshell');
    expect(await scene.shell(foothold, 'readlink /proc/1/exe; ls /proc/1/root/app')).toContain('/app/ledger');
  });

  it('runs as the target does, and without any capability beside one that is not root', async () => {
    const { foothold, made } = await beside('payments', 'multi');
    expect(made.securityContext).toMatchObject({ runAsUser: 1000, capabilities: { drop: ['ALL'] } });
    expect(await scene.shell(foothold, 'id -u; id -g; ls /proc/1/root/app')).toMatch(/^1000\n1000\n/);
  });

  it('is accepted where the namespace enforces `restricted`, and reads its target there', async () => {
    const target = {
      metadata: { name: 'quiet' },
      spec: {
        nodeName: 'node-a',
        securityContext: { runAsUser: 1234, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            ...{ name: 'app', image: 'registry.example/tools/proxy:1.9', command: ['sleep', '600'] },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    };
    expect(await scene.create(`/api/v1/namespaces/${RESTRICTED_NAMESPACE}/pods`, target)).toBe('201');
    await scene.cluster.settled();
    const { foothold } = await beside(RESTRICTED_NAMESPACE, 'quiet');
    expect(await scene.shell(foothold, 'id -u; readlink /proc/1/root')).toMatch(/^1234\n\/\n/);
  });

  it('has no token and no variable of the target’s, though the pod has both', async () => {
    const { foothold } = await beside('payments', 'multi');
    const target = { ...foothold, container: 'app' };
    expect(await scene.shell(target, `ls ${TOKEN}`)).toContain('token');
    expect(await scene.shell(foothold, `ls ${TOKEN}`)).toContain('No such file');
    expect(await scene.shell(foothold, 'env')).not.toMatch(/API_KEY|STORE|TOKEN|SECRET/);
  });
});

describe('a foothold beside a target', () => {
  it('ends by itself at its deadline, and nothing starts it again', async ({ skip }) => {
    if (scene.withoutProcesses !== '') skip(scene.withoutProcesses);
    const { ref } = await beside('payments', 'multi', 2);
    await expect.poll(() => findFoothold(scene.client, ref, signal), { timeout: 20_000 }).toBeUndefined();
    await expect(waitForFoothold(scene.client, ref, signal, systemClock)).rejects.toMatchObject({
      code: 'not-running',
      message: expect.stringContaining('it has ended: exit status 0: Completed'),
    });
  });
});

describe('whoever has the permissions that a foothold asks for, and no other', () => {
  const userWith = (name: string, permissions: readonly Permission[]) => {
    scene.cluster.addUser(
      name,
      permissions.map(({ verb, group, resource, subresource }) => ({
        verbs: [verb],
        apiGroups: [group],
        resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
      })),
    );
    return { client: scene.as(name), token: scene.cluster.token(name) };
  };
  const hello = async (client: ClusterClient, foothold: Foothold) => {
    const session = await client.exec({ ...foothold, command: ['/usr/bin/echo', 'hello'], signal });
    let text = '';
    for await (const chunk of session.stdout) text += Buffer.from(chunk).toString('utf8');
    return text;
  };

  it.each(['probe pod', 'node pod'] as const)(
    'makes a %s, waits for it and runs something in it',
    async (kind) => {
      const { client, token } = userWith(kind, FOOTHOLD_PERMISSIONS[kind].start);
      const given = order();
      const [namespace, job] =
        kind === 'probe pod'
          ? [PROBES, probePod(given, { namespace: PROBES, awayFrom: '' })]
          : [NODES, nodePod(given, { namespace: NODES, node: 'node-a' })];
      expect(await scene.makeJob(job, token)).toBe('201');
      const foothold = await waitForFoothold(
        client,
        { kind, run: given.run, namespace },
        signal,
        systemClock,
      );
      if (scene.withoutProcesses === '') expect(await hello(client, foothold)).toBe('hello\n');
      client.close();
    },
  );

  it('adds an ephemeral container, waits for it and runs something in it', async () => {
    const { client, token } = userWith('beside', [
      ...FOOTHOLD_PERMISSIONS['ephemeral container'].start,
      { verb: 'get', group: '', resource: 'namespaces' },
    ]);
    const given = order();
    const level = await readPodSecurityLevel(client, 'payments', signal);
    const made = ephemeralFoothold(given, scene.pod('payments', 'multi'), 'app', level);
    expect(await scene.addBeside('payments', 'multi', made, token)).toBe('200');
    const ref = scene.beside(given.run, 'payments', 'multi');
    const foothold = await waitForFoothold(client, ref, signal, systemClock);
    if (scene.withoutProcesses === '') expect(await hello(client, foothold)).toBe('hello\n');
    client.close();
  });
});

describe('what stands after a foothold was made', () => {
  it('is what was sent, with more beside it, so that a recovery knows it again', async () => {
    const given = order();
    const job = nodePod(given, { namespace: NODES, node: 'node-a' });
    await scene.makeJob(job);
    const made = scene.job(NODES, footholdName('node pod', given.run));
    const text = JSON.stringify(job);
    expect(structureAt(made, OBJECT_PATH, text)).toBe(text);
    const container = ephemeralFoothold(given, scene.pod('payments', 'multi'), 'app', 'restricted');
    await scene.addBeside('payments', 'multi', container);
    const sent = JSON.stringify(container);
    const path = ephemeralPath(container.name);
    expect(structureAt(scene.pod('payments', 'multi'), path, sent)).toBe(sent);
  });
});

describe('a probe pod', () => {
  it('is found again by its run alone', async () => {
    const { ref, foothold } = await probe();
    expect(await findFoothold(scene.client, ref, signal)).toEqual(foothold);
    expect(await findFoothold(scene.client, { ...ref, run: 'FB-2026-0007-999' }, signal)).toBeUndefined();
  });

  it('passes `restricted`, is marked with case and run, and is not on the target’s node if it can', async () => {
    const { foothold, ref } = await probe();
    expect(scene.pod(PROBES, foothold.pod)).toMatchObject({
      metadata: { labels: { 'firebreak.dev/case': 'FB-2026-0007', 'firebreak.dev/foothold': ref.run } },
      spec: {
        ...{ restartPolicy: 'Never', automountServiceAccountToken: false, enableServiceLinks: false },
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                preference: {
                  matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-a'] }],
                },
              },
            ],
          },
        },
      },
    });
  });

  it('holds no credential', async ({ skip }) => {
    if (scene.withoutProcesses !== '') skip(scene.withoutProcesses);
    const { foothold } = await probe();
    expect(await scene.shell(foothold, `id -u; ls ${TOKEN}`)).toMatch(/^65534\n.*No such file/);
    expect(await scene.shell(foothold, 'env')).not.toMatch(/TOKEN|SECRET|KEY|AWS|SERVICE_HOST/);
  });

  it('ends at its deadline and is taken away by the cluster, Job and pod', async () => {
    const { ref, job, foothold } = await probe(3);
    const name = footholdName('probe pod', ref.run);
    await expect
      .poll(() => scene.job(PROBES, name), { timeout: 20_000 })
      .toMatchObject({
        status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'Failed' })]) },
      });
    expect(await findFoothold(scene.client, ref, signal)).toBeUndefined();
    expect(job.spec.ttlSecondsAfterFinished).toBeLessThanOrEqual(60);
    // The same Job with a shorter time after its end, so that nobody waits a minute.
    scene.cluster.changeObject(
      { group: 'batch', resource: 'jobs', namespace: PROBES, name },
      { spec: { ttlSecondsAfterFinished: 1 } },
    );
    await expect.poll(() => scene.job(PROBES, name), { timeout: 20_000 }).toBeUndefined();
    await expect.poll(() => scene.pod(PROBES, foothold.pod), { timeout: 20_000 }).toBeUndefined();
  });
});

describe('a node pod', () => {
  it('enters the network namespace of another pod', async ({ skip }) => {
    if (scene.withoutProcesses !== '') skip(scene.withoutProcesses);
    const given = order();
    await scene.makeJob(nodePod(given, { namespace: NODES, node: 'node-a' }));
    const ref = { kind: 'node pod', run: given.run, namespace: NODES } as const;
    const onNode = await waitForFoothold(scene.client, ref, signal, systemClock);
    const { foothold } = await beside('payments', 'noshell');
    const own = await scene.shell(onNode, 'readlink /proc/self/ns/net');
    const targets = await scene.shell(foothold, 'readlink /proc/self/ns/net');
    expect(own).not.toBe(targets);
    const enter = `for p in /proc/[0-9]*; do
      [ "$(readlink $p/exe)" = /app/ledger ] && exec nsenter -t "\${p#/proc/}" -n readlink /proc/self/ns/net
    done`;
    expect(await scene.shell(onNode, enter)).toBe(targets);
  });

  it('is on its node though that is cordoned and tainted, and sees what runs there', async ({ skip }) => {
    const given = order();
    const key = { group: '', resource: 'nodes', namespace: '', name: 'node-b' };
    scene.cluster.changeObject(key, {
      spec: { unschedulable: true, taints: [{ key: 'quarantine', effect: 'NoExecute' }] },
    });
    expect(await scene.makeJob(nodePod(given, { namespace: NODES, node: 'node-b' }))).toBe('201');
    const ref = { kind: 'node pod', run: given.run, namespace: NODES } as const;
    const foothold = await waitForFoothold(scene.client, ref, signal, systemClock);
    expect(scene.pod(NODES, foothold.pod)).toMatchObject({
      spec: { nodeName: 'node-b', hostPID: true, automountServiceAccountToken: false },
    });
    expect(scene.pod(NODES, foothold.pod)).not.toHaveProperty('spec.hostNetwork');
    if (scene.withoutProcesses !== '') skip(scene.withoutProcesses);
    expect(await scene.shell(foothold, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')).toContain('/app/checkout');
    expect(await scene.shell(foothold, `ls ${TOKEN}`)).toContain('No such file');
  });
});
