import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { createToolImage } from '../../sandbox/cluster/tool-image/create-tool-image.ts';
import { needProcesses } from './cluster-scene.ts';
import { lacks, TOOL_IMAGE } from './isolation-scene.ts';
import { scenePod } from './scene-pod.ts';

const ROOT = join(import.meta.dirname, '../..');
const SUITE_MS = 120_000;

let cluster: StandInCluster;
let folder: string;
beforeAll(async () => {
  cluster = await startCluster({
    network: { enforcement: 'networkpolicy', connections: 'cut', denyApi: 'none' },
    controllers: 'on',
  });
  folder = mkdtempSync(join(tmpdir(), 'acceptance-'));
  await cluster.addPod(scenePod('suspect'));
});
afterAll(async () => {
  await cluster?.close();
  rmSync(folder, { recursive: true, force: true });
});

const runSuite = (variables: Readonly<Record<string, string>>, files: readonly string[] = []) => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TEST_|VITEST)/.test(name));
  return promisify(execFile)(
    process.execPath,
    [join(ROOT, 'bin/test-cluster.mjs'), '--reporter=verbose', ...files],
    {
      cwd: ROOT,
      env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...variables },
      timeout: SUITE_MS * 2,
    },
  ).catch((error: unknown) => error);
};

describe('the acceptance suite', () => {
  test('passes against a cluster whose pod it is given, and changes nothing there', {
    timeout: SUITE_MS,
  }, async ({ skip }) => {
    needProcesses({ cluster }, skip);
    const kubeconfig = join(folder, 'kubeconfig');
    cluster.writeKubeconfig(kubeconfig, 'responder');
    const result = await runSuite({
      TEST_KUBECONFIG: kubeconfig,
      TEST_NAMESPACE: 'payments',
      TEST_POD: 'suspect',
    });
    expect(result).toMatchObject({ stdout: expect.stringMatching(/4 passed/) });
    const reviews = /^\/apis\/authorization\.k8s\.io\/v1\/selfsubjectaccessreviews$/;
    const changes = cluster.requests.filter(({ method, path }) => method !== 'GET' && !reviews.test(path));
    expect(changes).toEqual([]);
  });

  test('passes in a namespace of its own, which it deletes', { timeout: SUITE_MS }, async ({ skip }) => {
    needProcesses({ cluster }, skip);
    cluster.addImage('busybox:1.36', { userland: 'host', entrypoint: ['/bin/sh'] });
    cluster.addImage('traefik/whoami:v1.10', {
      userland: 'none',
      entrypoint: ['/pause', '86400'],
      copies: { '/pause': 'sleep' },
    });
    const kubeconfig = join(folder, 'kubeconfig-of-admin');
    cluster.writeKubeconfig(kubeconfig, 'admin');
    const before = cluster.requests.length;
    const result = await runSuite({ TEST_KUBECONFIG: kubeconfig });
    expect(result).toMatchObject({ stdout: expect.stringMatching(/ 12 passed/) });
    const changes = cluster.requests
      .slice(before)
      .filter(({ verb }) => ['create', 'delete', 'patch', 'update'].includes(verb))
      .map(({ method, path }) => `${method} ${path.replace(/firebreak-[0-9a-f]+/, 'NS')}`);
    expect(changes[0]).toBe('POST /api/v1/namespaces');
    expect(changes).toContain('POST /api/v1/namespaces/NS/pods');
    expect(changes.at(-1)).toBe('DELETE /api/v1/namespaces/NS');
  });

  test('isolates and contains a pod with the tool image that it is given, and says what a connection shows', {
    timeout: SUITE_MS * 2,
  }, async ({ skip }) => {
    needProcesses({ cluster }, skip);
    if (lacks !== '') skip(lacks);
    if (cluster.network === 'loopback only') skip(cluster.networkReason);
    const tools = createToolImage();
    if (typeof tools !== 'string') cluster.addImage(TOOL_IMAGE, tools.image);
    cluster.addImage('busybox:1.36', { userland: 'host', entrypoint: ['/bin/sh'] });
    const kubeconfig = join(folder, 'kubeconfig-to-isolate');
    cluster.writeKubeconfig(kubeconfig, 'admin');
    const variables = { TEST_KUBECONFIG: kubeconfig, TEST_TOOL_IMAGE: TOOL_IMAGE };
    const result = await runSuite(variables, ['test/cluster/isolation.test.ts']);
    expect(result).toMatchObject({ stdout: expect.stringMatching(/ 3 passed/) });
  });

  test('says how to make a cluster when none is named', async () => {
    const result = await runSuite({});
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('kind create cluster') });
  });
});
