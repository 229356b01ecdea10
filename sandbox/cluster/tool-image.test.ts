import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import { outputOf } from './testing/exec-over-websocket.ts';
import { createToolImage } from './tool-image/create-tool-image.ts';
import { listToolFiles, toolScript } from './tool-image/list-tool-files.ts';

const IMAGE = 'registry.example/firebreak/tools@sha256:0';
const tools = createToolImage();
const files = listToolFiles();

describe.skipIf(typeof tools === 'string')('a tool container', () => {
  let cluster: StandInCluster;
  beforeAll(async () => {
    cluster = await startCluster();
    if (typeof tools !== 'string') cluster.addImage(IMAGE, tools.image);
    const container = { name: 'fb', image: IMAGE, targetContainerName: 'app', command: ['sleep', '600'] };
    for (const [name, runAsUser] of [
      ['user', 1000],
      ['root', 0],
    ] as const) {
      await callApi(cluster, {
        ...{ method: 'PATCH', path: '/api/v1/namespaces/payments/pods/noshell/ephemeralcontainers' },
        body: { spec: { ephemeralContainers: [{ ...container, name, securityContext: { runAsUser } }] } },
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      });
    }
    await cluster.settled();
  }, 60_000);
  afterAll(() => cluster.close());

  const run = (command: string, container = 'user') =>
    outputOf(cluster, { pod: 'noshell', container, command: ['sh', '-c', `${command} 2>&1`] });

  it('holds the files that its list names, byte for byte', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    expect(await run('sha256sum -c /files.sha256 | grep -v ": OK$"; wc -l < /files.sha256')).toMatch(
      /^\d{2,}\n$/,
    );
  });

  it('holds no other program and no other library', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const found = await run(
      'find / -xdev \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -type f -print',
    );
    const listed = typeof files === 'string' ? [] : files.list.split('\n');
    const beside = found
      .trim()
      .split('\n')
      .filter((path) => !listed.includes(path));
    expect(beside.filter((path) => !path.startsWith('/etc/'))).toEqual(['/files.sha256']);
    expect(
      await run(
        'ls /usr/bin/perl /usr/bin/bash /usr/bin/debconf /usr/sbin/capsh /usr/bin/curl | grep -v "No such"',
      ),
    ).toBe('');
  });

  it('lists every file that list-files.sh names, links left out, and none beside', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const named = typeof files === 'string' ? [] : files.list.trim().split('\n');
    const listed = (await run("sed 's/^[0-9a-f]*  //' /files.sha256")).trim().split('\n');
    expect(listed).toEqual(named.filter((path) => !lstatSync(path).isSymbolicLink()));
  });

  it('runs its programs, each with its libraries', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    expect(await run('/usr/bin/tar --version')).toContain('GNU tar');
    expect(await run('/usr/bin/ss -tan')).toContain('Local Address:Port');
    expect(await run('/usr/sbin/ip -br link')).toMatch(/^lo /m);
    expect(await run('/usr/bin/stat --version')).toContain('coreutils');
    expect(await run('/usr/sbin/nft --version')).toContain('nftables');
    expect(await run('readlink /proc/1/exe; id -u', 'root')).toBe('/app/ledger\n0\n');
  });

  it('sets rules in the network of its pod as root, and not as another user', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    expect(await run('/usr/sbin/nft add table inet firebreak')).toContain('Operation not permitted');
    const added = await run('/usr/sbin/nft add table inet firebreak; /usr/sbin/nft list tables', 'root');
    if (added.includes('not supported')) skip('the kernel of this machine has no nftables');
    expect(added).toContain('table inet firebreak');
  });
});

describe('the list of the tool image', () => {
  it.skipIf(typeof tools === 'string')('says in one sentence what this machine lacks', () => {
    const missing = typeof files === 'string' ? [] : files.missing;
    const said = typeof tools === 'string' ? '' : tools.missing;
    expect(said === '').toBe(missing.length === 0);
    for (const name of missing) expect(said).toContain(name);
  });

  it('has the packages that the Dockerfile installs', () => {
    const [, installed] =
      /--no-install-recommends (.*)$/m.exec(readFileSync(toolScript('Dockerfile'), 'utf8')) ?? [];
    const [, wanted] = /^wanted='(.*)'$/m.exec(readFileSync(toolScript('list-files.sh'), 'utf8')) ?? [];
    expect(installed).toBeTruthy();
    expect(installed).toBe(wanted);
  });

  it('ends with SHA-256 and path, as sha256sum takes them', () => {
    const path = toolScript('Dockerfile');
    const listed = execFileSync('sh', [toolScript('list-sha256.sh')], {
      input: `${path}\n/no/such\n`,
      encoding: 'utf8',
    });
    expect(listed).toMatch(/^[0-9a-f]{64} {2}.*\/deploy\/tool-image\/Dockerfile\n$/);
  });
});
