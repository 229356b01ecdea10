import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from './api/kube-object.ts';
import type { PodManifest } from './api/pod.ts';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import { outputOf } from './testing/exec-over-websocket.ts';
import { recordedWorld } from './testing/recorded-world.ts';

const BUSYBOX = 'rk8s.local/busybox:1.38';
const RESTRICTED = {
  ...{ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  ...{ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
};
const SLEEP = ['sh', '-c', 'echo started; sleep 600'];

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ world: recordedWorld() });
}, 30_000);
afterAll(() => cluster.close());

const tool = (name: string, more: object = {}) => ({
  ...{ name, image: BUSYBOX, command: SLEEP, targetContainerName: 'app' },
  ...more,
});
const pathOf = (pod: string, namespace = 'rec') => `/api/v1/namespaces/${namespace}/pods/${pod}`;

async function patch(pod: string, body: unknown, namespace = 'rec') {
  const answer = await callApi(cluster, {
    ...{ method: 'PATCH', path: `${pathOf(pod, namespace)}/ephemeralcontainers`, body },
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
  });
  await cluster.settled();
  return answer;
}
const add = (pod: string, container: object, namespace = 'rec') =>
  patch(pod, { spec: { ephemeralContainers: [container] } }, namespace);
const podNow = (name: string, namespace = 'rec'): KubeObject => {
  const found = cluster.object({ group: '', resource: 'pods', namespace, name });
  if (found === undefined) throw new Error(`no pod ${name}`);
  return found;
};
const statusOf = (pod: string, container: string, namespace = 'rec'): unknown => {
  const statuses: unknown = Reflect.get(
    Object(podNow(pod, namespace)['status']),
    'ephemeralContainerStatuses',
  );
  const all: readonly unknown[] = Array.isArray(statuses) ? statuses : [];
  return all.find((one) => Reflect.get(Object(one), 'name') === container);
};

describe('an ephemeral container', () => {
  beforeEach(({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
  });

  it('sees the processes and the files of its target, and brings its own programs', async () => {
    await add('noshell', tool('look'));
    const seen = await outputOf(cluster, {
      ...{ namespace: 'rec', pod: 'noshell', container: 'look' },
      command: ['sh', '-c', 'readlink /proc/1/exe; ls /proc/1/root/app; ls /app 2>&1; hostname; id -u'],
    });
    const [exe, file, missing, host, uid] = seen.trim().split('\n');
    expect([exe, file, host, uid]).toEqual(['/app', '/proc/1/root/app', 'noshell', '0']);
    expect(missing).toContain('No such file');
  });

  it('shares the network of its pod', async () => {
    await add('noshell', tool('net'));
    const net = (container: string) =>
      outputOf(cluster, {
        ...{ namespace: 'rec', pod: 'noshell', container },
        command: ['readlink', '/proc/self/ns/net'],
      });
    await add('noshell', tool('net-too', { targetContainerName: '' }));
    expect(await net('net')).toBe(await net('net-too'));
  });

  it('sees its own processes alone when it names no target', async () => {
    await add('multi', tool('alone', { targetContainerName: '' }));
    const first = await outputOf(cluster, {
      ...{ namespace: 'rec', pod: 'multi', container: 'alone' },
      command: ['sh', '-c', 'tr "\\0" " " < /proc/1/cmdline'],
    });
    expect(first).toContain('echo started; sleep 600');
  });

  it('reads its target under the same user in a restricted namespace', async () => {
    expect((await add('tight', tool('fb', { securityContext: RESTRICTED }), 'rec-restricted')).status).toBe(
      200,
    );
    const seen = await outputOf(cluster, {
      ...{ namespace: 'rec-restricted', pod: 'tight', container: 'fb' },
      command: ['sh', '-c', 'ls /proc/1/root/ >/dev/null; echo $?; id -u; grep CapEff /proc/self/status'],
    });
    expect(seen.trim().split('\n')).toEqual(['0', '1000', 'CapEff:\t0000000000000000']);
  });

  it('has no token of the service account', async () => {
    await add('noshell', tool('no-token'));
    const seen = await outputOf(cluster, {
      ...{ namespace: 'rec', pod: 'noshell', container: 'no-token' },
      command: ['sh', '-c', 'ls /var/run/secrets 2>&1'],
    });
    expect(seen).toContain('No such file');
  });

  it('has a log, ends once, and is not started again', async () => {
    await add('noshell', tool('short', { command: ['sh', '-c', 'echo said; exit 3'] }));
    await expect
      .poll(() => statusOf('noshell', 'short'))
      .toMatchObject({ state: { terminated: { exitCode: 3, reason: 'Error' } }, restartCount: 0 });
    const log = await callApi(cluster, { path: `${pathOf('noshell')}/log?container=short` });
    expect(log.text).toBe('said\n');
  });

  it('ends with its pod, and with the processes of its target', async () => {
    const manifest: PodManifest = {
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: { name: 'brief', namespace: 'rec' },
      spec: {
        nodeName: 'rk8s-node1',
        containers: [{ name: 'app', image: BUSYBOX, command: ['sleep', '600'] }],
      },
    };
    await cluster.addPod(manifest);
    await add('brief', tool('fb'));
    await cluster.restartContainer('rec', 'brief', 'app');
    await expect
      .poll(() => statusOf('brief', 'fb'))
      .toMatchObject({ state: { terminated: { exitCode: 137 } } });
    await add('brief', tool('again'));
    await add('brief', tool('apart', { targetContainerName: '' }));
    const pids = ['again', 'apart'].map((name) => cluster.containerPid('rec', 'brief', name));
    await cluster.deletePod('rec', 'brief');
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('adding ephemeral containers', () => {
  it('counts the generation up and drops what else is changed', async () => {
    const before = podNow('crasher');
    const answer = await patch('crasher', {
      metadata: { labels: { app: 'other' } },
      spec: { activeDeadlineSeconds: 1, ephemeralContainers: [tool('one', { targetContainerName: '' })] },
    });
    expect(answer.status).toBe(200);
    const after = podNow('crasher');
    expect(after.metadata.labels).toEqual(before.metadata.labels);
    expect(after.metadata.generation).toBe((before.metadata.generation ?? 0) + 1);
    expect(after['spec']).not.toHaveProperty('activeDeadlineSeconds');
  });

  it('is refused for a target that is not there', async () => {
    expect((await add('multi', tool('bad', { targetContainerName: 'ghost' }))).json).toMatchObject({
      ...{ code: 422, reason: 'Invalid' },
      details: {
        causes: [
          {
            reason: 'FieldValueNotFound',
            message: 'Not found: "ghost"',
            field: expect.stringMatching(/^spec\.ephemeralContainers\[\d\]\.targetContainerName$/),
          },
        ],
      },
    });
  });

  it('is refused with fields that such a container cannot have, and under a name that is taken', async () => {
    const bad = tool('sidecar', { resources: { limits: { memory: '1Mi' } }, ports: [{ containerPort: 1 }] });
    const answer = await add('multi', bad);
    expect(answer.status).toBe(422);
    for (const said of ['Duplicate value: "sidecar"', '.ports: Forbidden', '.resources: Forbidden'])
      expect(answer.text.replaceAll('\\"', '"')).toContain(said);
  });

  it('never takes one away', async () => {
    await add('multi', tool('stays'));
    const pod = podNow('multi');
    const spec = { ...Object(pod['spec']), ephemeralContainers: [] };
    const answer = await callApi(cluster, {
      ...{ method: 'PUT', path: `${pathOf('multi')}/ephemeralcontainers`, body: { ...pod, spec } },
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('may not be removed');
  });

  it('is no way around the pod itself', async () => {
    const direct = await callApi(cluster, {
      ...{
        method: 'PATCH',
        path: pathOf('multi'),
        body: { spec: { ephemeralContainers: [tool('direct')] } },
      },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    expect(direct.status).toBe(422);
    const body = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'born-with-one' } },
      spec: { containers: [{ name: 'app', image: BUSYBOX }], ephemeralContainers: [tool('early')] },
    };
    const created = await callApi(cluster, { method: 'POST', path: '/api/v1/namespaces/rec/pods', body });
    expect(created.text).toContain('cannot be set on create');
  });

  it('starts nothing on a dry run', async () => {
    const answer = await callApi(cluster, {
      ...{ method: 'PATCH', path: `${pathOf('multi')}/ephemeralcontainers?dryRun=All` },
      body: { spec: { ephemeralContainers: [tool('dry')] } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    await cluster.settled();
    expect(answer.status).toBe(200);
    expect(JSON.stringify(podNow('multi'))).not.toContain('"dry"');
  });

  it('waits when it must not run as root and would', async () => {
    await add('multi', tool('root', { securityContext: { runAsNonRoot: true } }));
    expect(statusOf('multi', 'root')).toMatchObject({
      state: { waiting: { reason: 'CreateContainerConfigError' } },
    });
  });
});

describe('a namespace with Pod Security baseline', () => {
  it('refuses capabilities beyond the default, and accepts a container that asks for nothing', async () => {
    cluster.addObject({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: 'base', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    });
    await cluster.addPod({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain', namespace: 'base' } },
      spec: { nodeName: 'rk8s-node1', containers: [{ name: 'app', image: BUSYBOX }] },
    });
    const asking = tool('fb', { securityContext: { capabilities: { add: ['NET_ADMIN', 'SYS_PTRACE'] } } });
    expect((await add('plain', asking, 'base')).json).toMatchObject({
      code: 403,
      message:
        'pods "plain" is forbidden: violates PodSecurity "baseline:latest": non-default capabilities (container "fb" must not include "NET_ADMIN", "SYS_PTRACE" in securityContext.capabilities.add)',
    });
    expect((await add('plain', tool('fb'), 'base')).status).toBe(200);
  });
});

const kubectl = findHostTool('kubectl');
describe.skipIf(kubectl === undefined)('kubectl debug, where it is installed', () => {
  it('adds a container beside the target', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stand-in-debug-'));
    cluster.writeKubeconfig(join(folder, 'config'));
    const args = [
      ...['-n', 'rec', 'debug', 'pod/noshell', '--image', BUSYBOX, '--target', 'app', '-c', 'by-kubectl'],
      ...['--profile', 'restricted', '--', 'sleep', '600'],
    ];
    await new Promise<void>((resolve, reject) => {
      const env = { ...process.env, HOME: folder, KUBECONFIG: join(folder, 'config') };
      execFile(kubectl ?? '', args, { env }, (error, stdout, stderr) =>
        error === null ? resolve() : reject(new Error(`${stdout}${stderr}`)),
      );
    });
    await cluster.settled();
    rmSync(folder, { recursive: true });
    expect(statusOf('noshell', 'by-kubectl')).toMatchObject({ name: 'by-kubectl', ready: false });
  });
});
