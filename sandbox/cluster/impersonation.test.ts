import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessRule } from './access/user.ts';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';

const PODS = '/api/v1/namespaces/payments/pods';
const USER = 'firebreak:prod-cluster';
const AS_USER = { 'impersonate-user': USER };
const impersonate = (apiGroup: string, resource: string, resourceNames?: readonly string[]): AccessRule => ({
  ...{ verbs: ['impersonate'], apiGroups: [apiGroup], resources: [resource] },
  ...(resourceNames === undefined ? {} : { resourceNames }),
});
const userExtra = (key: string) => impersonate('authentication.k8s.io', `userextras/${key}`);

let cluster: StandInCluster;
beforeAll(async () => {
  cluster = await startCluster({ containers: 'no shell' });
  cluster.addUser('one-user', [impersonate('', 'users', [USER]), userExtra('run'), userExtra('approvers')]);
  const readPods = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'read-pods' };
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
  cluster.addObject({
    ...{ ...rbac, kind: 'ClusterRole', metadata: { name: 'read-pods' } },
    rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }],
  });
  cluster.addObject({
    ...{ ...rbac, kind: 'ClusterRoleBinding', metadata: { name: 'read-pods' } },
    ...{ subjects: [{ kind: 'User', name: USER }], roleRef: readPods },
  });
}, 30_000);
afterAll(() => cluster.close());

const call = (user: string, headers: Readonly<Record<string, string | readonly string[]>>, path = PODS) =>
  callApi(cluster, { path, token: cluster.token(user), headers });

describe('impersonation', () => {
  it('gives the rights of the user that is impersonated, and takes those of the caller', async () => {
    expect((await call('one-user', {})).status).toBe(403);
    expect((await call('one-user', AS_USER)).status).toBe(200);
    const nodes = await call('one-user', AS_USER, '/api/v1/nodes');
    expect(nodes.status).toBe(403);
    expect(nodes.text).toContain(`User \\"${USER}\\" cannot list resource \\"nodes\\"`);
  });

  it('is for the names that a rule has, and for none beside them', async () => {
    const other = await call('one-user', { 'impersonate-user': 'admin' });
    expect(other.status).toBe(403);
    expect(other.json).toMatchObject({
      reason: 'Forbidden',
      details: { name: 'admin', kind: 'users' },
      message:
        'users "admin" is forbidden: User "one-user" cannot impersonate resource "users" in API group "" at the cluster scope',
    });
  });

  it('takes a permission for each key of extras, whatever the value is, and for groups and ids', async () => {
    const extras = { 'impersonate-extra-run': 'FB-2026-0001-1', 'impersonate-extra-approvers': ['U1', 'U2'] };
    expect((await call('one-user', { ...AS_USER, ...extras })).status).toBe(200);
    const scopes = await call('one-user', { ...AS_USER, 'impersonate-extra-scopes': 'all' });
    expect(scopes.json).toMatchObject({
      message:
        'userextras.authentication.k8s.io "all" is forbidden: User "one-user" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
    });
    for (const name of ['impersonate-group', 'impersonate-uid'])
      expect((await call('one-user', { ...AS_USER, [name]: 'system:masters' })).status).toBe(403);
    const masters = { ...AS_USER, 'impersonate-group': 'system:masters' };
    expect((await call('admin', masters, '/api/v1/nodes')).status).toBe(200);
  });

  it('is of somebody, or the request is wrong', async () => {
    expect((await call('admin', { 'impersonate-extra-run': 'FB-2026-0001-1' })).status).toBe(400);
  });

  it('shows in the log who asked, as whom, and with which extras', async () => {
    const before = cluster.requests.length;
    await call('one-user', {
      ...AS_USER,
      'user-agent': 'a test',
      'impersonate-extra-approvers': ['U1', 'U2'],
    });
    await call('one-user', { 'impersonate-user': 'admin' });
    const [allowed, refused] = cluster.requests.slice(before);
    expect(allowed).toMatchObject({
      ...{ user: 'one-user', userAgent: 'a test' },
      impersonated: { user: USER, groups: ['system:authenticated'], extra: { approvers: ['U1', 'U2'] } },
    });
    expect(refused?.user).toBe('one-user');
    expect(refused?.impersonated).toBeUndefined();
  });

  it('is granted by roles of the cluster, with their resourceNames', async () => {
    cluster.addUser('bound', []);
    const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
    cluster.addObject({
      ...{ ...rbac, kind: 'ClusterRole', metadata: { name: 'be-firebreak' } },
      rules: [impersonate('', 'users', [USER])],
    });
    cluster.addObject({
      ...{ ...rbac, kind: 'ClusterRoleBinding', metadata: { name: 'be-firebreak' } },
      subjects: [{ kind: 'User', name: 'bound' }],
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'be-firebreak' },
    });
    expect((await call('bound', AS_USER)).status).toBe(200);
    expect((await call('bound', { 'impersonate-user': 'reader' })).status).toBe(403);
  });
});

const kubectlPath = findHostTool('kubectl');

describe.skipIf(kubectlPath === undefined)('kubectl, where it is installed, impersonates', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stand-in-impersonation-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** `kubeconfig` is changed before it is used. */
  const kubectl = (
    user: string,
    args: readonly string[],
    change = (kubeconfig: string) => kubeconfig,
  ): Promise<{ readonly stdout: string; readonly stderr: string }> => {
    const path = join(folder, user);
    writeFileSync(path, change(cluster.kubeconfig(user)));
    const env = { ...process.env, HOME: folder, KUBECONFIG: path };
    return new Promise((resolve) => {
      execFile(kubectlPath ?? '', [...args], { env, cwd: folder }, (_error, stdout, stderr) =>
        resolve({ stdout, stderr }),
      );
    });
  };

  it('as the user that it may be, and as no other', async () => {
    const pods = await kubectl('one-user', ['get', 'pods', '-o', 'name', '--as', USER]);
    expect(pods.stdout).toContain('pod/x\n');
    const other = await kubectl('one-user', ['get', 'pods', '--as', 'admin']);
    expect(other.stderr).toBe(
      'Error from server (Forbidden): users "admin" is forbidden: User "one-user" cannot impersonate resource "users" in API group "" at the cluster scope\n',
    );
  });

  it('with groups and an id, which it is told by whoami', async () => {
    const as = ['--as', 'jane', '--as-group', 'developers', '--as-uid', '1234'];
    const { stdout } = await kubectl('admin', ['auth', 'whoami', '-o', 'json', ...as]);
    expect(JSON.parse(stdout)).toMatchObject({
      status: {
        userInfo: { username: 'jane', uid: '1234', groups: ['developers', 'system:authenticated'] },
      },
    });
  });

  it('as a service account, which has its groups', async () => {
    const as = ['--as', 'system:serviceaccount:payments:default'];
    const { stdout } = await kubectl('admin', ['auth', 'whoami', '-o', 'json', ...as]);
    expect(JSON.parse(stdout)).toMatchObject({
      status: {
        userInfo: {
          username: 'system:serviceaccount:payments:default',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:payments', 'system:authenticated'],
        },
      },
    });
  });

  it('with extras of its kubeconfig', async () => {
    const { stdout, stderr } = await kubectl('one-user', ['auth', 'whoami', '-o', 'json'], (text) =>
      text.replace(
        '    token:',
        [
          `    as: ${USER}`,
          '    as-user-extra: { run: [FB-2026-0001-1], approvers: [U1, U2] }',
          '    token:',
        ].join('\n'),
      ),
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      status: { userInfo: { username: USER, extra: { run: ['FB-2026-0001-1'], approvers: ['U1', 'U2'] } } },
    });
  });

  it('after it asked what it may', async () => {
    const can = async (user: string, ...args: readonly string[]) =>
      (await kubectl(user, ['auth', 'can-i', ...args])).stdout.trim();
    expect(await can('one-user', 'impersonate', `users/${USER}`)).toBe('yes');
    expect(await can('one-user', 'impersonate', 'users/admin')).toBe('no');
    expect(await can('one-user', 'impersonate', 'users')).toBe('no');
    expect(await can('one-user', 'list', 'pods')).toBe('no');
    expect(await can('one-user', 'list', 'pods', '--as', USER)).toBe('yes');
    const { stdout } = await kubectl('one-user', ['auth', 'can-i', '--list']);
    expect(stdout).toMatch(/^users +\[\] +\[firebreak:prod-cluster\] +\[impersonate\]$/m);
  });
});
