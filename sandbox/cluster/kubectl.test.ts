import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';

/** Several test files at once on two cores take their time. */
const PATIENTLY = { timeout: 15_000 };
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const kubectlPath = findHostTool('kubectl');
let cluster: StandInCluster;
let folder: string;

function kubectl(args: readonly string[], input = '', user = 'admin'): Promise<Ended> {
  const path = join(folder, user);
  cluster.writeKubeconfig(path, user);
  return new Promise((resolve) => {
    const env = { ...process.env, HOME: folder, KUBECONFIG: path, KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true' };
    const child = execFile(
      kubectlPath ?? 'kubectl',
      [...args],
      { env, cwd: folder },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

describe.skipIf(kubectlPath === undefined)('kubectl, where it is installed, finds a cluster', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stand-in-kubectl-'));
    cluster = await startCluster();
  }, 30_000);
  afterAll(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  it('lists pods with their readiness, state and restarts', async () => {
    const { stdout } = await kubectl(['get', 'pods']);
    expect(stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE$/m);
    expect(stdout).toMatch(/^x +1\/1 +Running +0 /m);
    expect(stdout).toMatch(/^crasher +0\/1 +CrashLoopBackOff +1 /m);
    expect(stdout).toMatch(/^pending +0\/1 +Pending /m);
  });

  it('selects by label and by field, in all namespaces', async () => {
    const byLabel = await kubectl(['get', 'pods', '-A', '-l', 'app in (checkout,other)', '-o', 'name']);
    expect(byLabel.stdout).toBe('pod/x\npod/x\n');
    const byField = await kubectl(['get', 'pods', '--field-selector', 'spec.nodeName=node-a', '-o', 'name']);
    expect(byField.stdout).toBe('pod/noshell\npod/x\n');
  });

  it('reads a long list in pages', async () => {
    const { stdout } = await kubectl(['get', 'pods', '--chunk-size', '2', '-o', 'name']);
    expect(stdout.trim().split('\n')).toHaveLength(7);
  });

  it('gets every kind that an incident looks at', async () => {
    const kinds =
      'ns,no,svc,endpointslices,ev,sa,deploy,rs,sts,ds,jobs,netpol,roles,rolebindings,clusterrolebindings';
    const { code, stderr } = await kubectl(['get', kinds, '-o', 'name']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await kubectl(['get', 'all'])).stdout).toContain('deployment.apps/checkout');
  });

  it('describes a pod with its owner, mounts and events', async () => {
    const { stdout } = await kubectl(['describe', 'pod', 'x']);
    expect(stdout).toContain('ReplicaSet/checkout-7d9f8b6c54');
    expect(stdout).toContain('/etc/checkout/keys from keys (ro)');
    expect(stdout).toContain('Started container app');
  });

  it('describes a node and a deployment', async () => {
    expect((await kubectl(['describe', 'node', 'node-a'])).stdout).toContain('KubeletReady');
    expect((await kubectl(['describe', 'deployment', 'checkout'])).stdout).toContain('app=checkout');
  });

  it('comes in by client certificate', async () => {
    const { code } = await kubectl(['get', 'pods'], '', 'cert-admin');
    expect(code).toBe(0);
    expect(cluster.requests.at(-1)).toMatchObject({ user: 'cert-admin', verb: 'list', resource: 'pods' });
  });

  it('is told what a user may not do', async () => {
    const { stderr } = await kubectl(['exec', 'x', '--', 'true'], '', 'reader');
    expect(stderr).toContain('User "reader" cannot');
    expect((await kubectl(['get', 'pods'], '', 'nobody')).stderr).toContain(
      'pods is forbidden: User "nobody" cannot list resource "pods" in API group "" in the namespace "payments"',
    );
  });

  it('reads logs: present, previous, the last lines, one container of two', async ({ skip }) => {
    expect((await kubectl(['logs', 'crasher', '--previous'])).stdout).toBe(
      'crasher: cannot open /data/ledger.db\ncrasher: giving up\n',
    );
    expect((await kubectl(['logs', 'multi', '-c', 'sidecar'])).stdout).toBe('proxy: ready\n');
    expect((await kubectl(['logs', 'multi', '-c', 'nope'])).stderr).toContain(
      'container nope is not valid for pod multi',
    );
    expect((await kubectl(['logs', 'x', '--previous'])).stderr).toContain(
      'previous terminated container "app" in pod "x" not found',
    );
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    await expect
      .poll(async () => (await kubectl(['logs', 'x', '--tail', '1'])).stdout, PATIENTLY)
      .toBe('checkout: warning: unexpected outbound connection to 203.0.113.7:4444\n');
  });

  it.for([0, 3, 137])('passes on exit status %i of an exec', async (status, { skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const script = status === 137 ? 'kill -9 $$' : `echo out; echo err >&2; exit ${status}`;
    const ended = await kubectl(['exec', 'x', '--', 'sh', '-c', script]);
    expect(ended.code).toBe(status);
    if (status !== 137) expect(ended.stdout).toBe('out\n');
  });

  it('sends stdin to an exec and its end', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const script = 'printf "%s;" "$@"; cat -\n';
    const ended = await kubectl(
      ['exec', '-i', 'x', '--', 'sh', '-c', script, 'sh', 'one', 'two words'],
      'from here',
    );
    expect(ended.stdout).toBe('one;two words;from here');
  });

  it('uses WebSockets for exec', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const before = cluster.requests.length;
    await kubectl(['exec', 'x', '--', 'true']);
    const execs = cluster.requests.slice(before).filter((request) => request.resource === 'pods/exec');
    expect(execs.map(({ method, upgrade }) => ({ method, upgrade }))).toEqual([
      { method: 'GET', upgrade: true },
    ]);
  });

  it('reports a program that is not there', async () => {
    const { code, stderr } = await kubectl(['exec', 'noshell', '--', 'sh', '-c', 'true']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('exec: "sh": executable file not found in $PATH');
  });

  it('copies a file into a container and out again', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const content = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join('');
    writeFileSync(join(folder, 'sent'), content);
    // Where the containers are in a user namespace, there is only one owner to give the file to.
    expect((await kubectl(['cp', '--no-preserve', 'sent', 'x:/tmp/received'])).code).toBe(0);
    expect((await kubectl(['cp', 'x:/tmp/received', 'back'])).code).toBe(0);
    expect(readFileSync(join(folder, 'back'), 'utf8')).toBe(content);
  });
});
