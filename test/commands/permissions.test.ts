import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { type Ended, runCommand } from './run-command.ts';

const kubectlPath = findHostTool('kubectl');
const SUBSCRIPTION = '00000000-1111-2222-3333-444444444444';
const ROLE = 'arn:aws:iam::444455556666:role/firebreak';

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  rules: z
    .array(
      z.looseObject({
        resources: z.array(z.string()),
        verbs: z.array(z.string()),
        resourceNames: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  subjects: z.array(z.looseObject({ kind: z.string(), name: z.string() })).default([]),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firebreak-permissions-'));
  const eks = { provider: 'eks', region: 'eu-west-1', name: 'prod' };
  await writeFile(
    join(folder, 'firebreak.yml'),
    stringify({
      clusters: {
        'prod-cluster': {
          ...{ ...eks, roleArn: ROLE, namespaces: ['payments', 'shop'] },
          identities: { read: { roleArn: `${ROLE}-reader` } },
        },
        lab: { provider: 'kubeconfig', path: '/nowhere' },
        unused: { ...eks, name: 'unused' },
        google: { provider: 'gke', project: 'incident', location: 'europe-west1', name: 'prod' },
        azure: { provider: 'aks', subscription: SUBSCRIPTION, resourceGroup: 'prod', name: 'prod' },
        here: { provider: 'in-cluster' },
        tooled: {
          ...{ provider: 'kubeconfig', path: '/nowhere', namespaces: ['payments'] },
          toolImage: `registry.example/tools@sha256:${'0123456789abcdef'.repeat(4)}`,
          footholds: { namespace: 'probes', nodeNamespace: 'node-probes' },
        },
        noded: {
          ...{ provider: 'kubeconfig', path: '/nowhere' },
          toolImage: `registry.example/tools@sha256:${'0123456789abcdef'.repeat(4)}`,
          identities: { node: { path: '/elsewhere' } },
        },
      },
      channels: {
        C0123ABCD: {
          clusters: ['prod-cluster', 'lab', 'google', 'azure', 'here'],
          rules: [
            { verbs: ['inspect'], approvals: 0 },
            { verbs: ['acquire', 'cordon'], approvals: 1, approvers: ['S0123ABCD'] },
          ],
        },
      },
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const print = (...args: readonly string[]): Promise<Ended> =>
  runCommand(['permissions', ...args], {
    FIREBREAK_CONFIG: join(folder, 'firebreak.yml'),
    FIREBREAK_DATA_DIR: join(folder, 'data'),
  });

const objectsOf = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await print(...args);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document): unknown => document.toJS())
    .filter((object) => object !== null)
    .map((object) => objectSchema.parse(object));
};

const grantedTo = (objects: Awaited<ReturnType<typeof objectsOf>>, role: string) =>
  objects
    .filter(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === role)
    .flatMap(({ rules }) =>
      rules.flatMap(({ resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
      ),
    )
    .toSorted();

describe('firebreak permissions for a cluster', () => {
  test('prints both identities, with what the cloud has to grant as comments', async () => {
    const { stdout } = await print('prod-cluster');
    for (const part of ['identity read, for planning', 'identity act, for approved runs'])
      expect(stdout).toContain(`# prod-cluster, ${part}`);
    expect(stdout).toContain('#       "Action": "eks:DescribeCluster"');
    expect(stdout).toMatch(/^# aws eks create-access-entry .* --kubernetes-groups firebreak-read$/mu);
    expect(stdout).toContain('from Kubernetes 1.35 on create too');
    expect(stdout).toContain('lack pods/ephemeralcontainers');
  });

  test('holds in the namespaces of the entry alone, and nodes in a role of their own', async () => {
    const objects = await objectsOf('prod-cluster', '--identity', 'act');
    const bindings = objects.filter(({ kind }) => kind === 'RoleBinding');
    expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(['payments', 'shop']);
    expect(grantedTo(objects, 'firebreak:prod-cluster:act:cluster-scoped')).toEqual([
      'get clusterroles',
      'get nodes',
      'list clusterrolebindings',
      'patch nodes',
    ]);
    expect(grantedTo(objects, 'firebreak:prod-cluster:act')).toContain('create pods/exec');
  });

  test('lets it make and remove what lies outside every namespace by a role of its own', async () => {
    const objects = await objectsOf('prod-cluster', '--identity', 'act', '--verbs', 'hold');
    const outside = grantedTo(objects, 'firebreak:prod-cluster:act:cluster-scoped');
    const within = grantedTo(objects, 'firebreak:prod-cluster:act');
    for (const verb of ['create', 'get', 'delete']) {
      expect(outside).toContain(`${verb} validatingadmissionpolicies`);
      expect(outside).toContain(`${verb} validatingadmissionpolicybindings`);
      expect(within).toContain(`${verb} poddisruptionbudgets`);
    }
    expect(within.join(' ')).not.toContain('validatingadmission');
  });

  test('lets the acting identity impersonate one user and four extras, and binds the rights to that user', async () => {
    const objects = await objectsOf('prod-cluster', '--identity', 'act');
    const [users, extras, ...more] =
      objects.find(({ metadata }) => metadata.name === 'firebreak:prod-cluster:impersonate')?.rules ?? [];
    expect(more).toEqual([]);
    expect(users).toMatchObject({
      ...{ resources: ['users'], verbs: ['impersonate'], resourceNames: ['firebreak:prod-cluster'] },
    });
    expect(extras?.resources).toEqual(
      ['requester', 'approvers', 'run', 'case'].map((key) => `userextras/${key}`),
    );
    const subjects = objects.map(({ kind, metadata, subjects: [subject] }) =>
      subject === undefined || kind === 'ClusterRole'
        ? []
        : [`${metadata.name} ▸ ${subject.kind} ${subject.name}`],
    );
    expect([...new Set(subjects.flat())]).toEqual([
      'firebreak:prod-cluster:impersonate ▸ Group firebreak-act',
      'firebreak:prod-cluster:act ▸ User firebreak:prod-cluster',
      'firebreak:prod-cluster:act:cluster-scoped ▸ User firebreak:prod-cluster',
    ]);
  });

  test('binds the rights to the identity itself where nobody is to be impersonated', async () => {
    const objects = await objectsOf('prod-cluster', '--identity', 'act', '--direct');
    expect(JSON.stringify(objects)).not.toContain('impersonate');
    const subjects = objects.flatMap(({ subjects: all }) => all.map(({ kind, name }) => `${kind} ${name}`));
    expect(new Set(subjects)).toEqual(new Set(['Group firebreak-act']));
  });

  test('gives the reading identity reads alone, in either way', async () => {
    for (const cluster of ['prod-cluster', 'lab']) {
      const objects = await objectsOf(cluster, '--identity', 'read');
      const verbs = objects.flatMap(({ rules }) => rules.flatMap((rule) => rule.verbs));
      expect(new Set(verbs)).toEqual(new Set(['get', 'list']));
      expect(JSON.stringify(objects)).not.toMatch(/pods\/|secrets|"\*"/u);
    }
  });

  test('grants the look at the engine of network policies apart, to who plans alone', async () => {
    const { stdout } = await print('prod-cluster', '--identity', 'read');
    expect(stdout).toContain('For firebreak check, and for the card of an isolation');
    expect(stdout).toMatch(
      /^# kubectl -n calico-system create role 'firebreak:prod-cluster:check' --verb=list --resource=daemonsets\.apps$/mu,
    );
    expect(stdout).toMatch(
      /^# kubectl -n calico-system create rolebinding 'firebreak:prod-cluster:check' --role='firebreak:prod-cluster:check' --group='firebreak-read'$/mu,
    );
    const engine = (await objectsOf('prod-cluster', '--identity', 'read')).filter(
      ({ metadata }) => metadata.name === 'firebreak:prod-cluster:check',
    );
    expect(engine).toMatchObject([
      {
        ...{ kind: 'Role', metadata: { namespace: 'kube-system' } },
        rules: [{ resources: ['daemonsets'], verbs: ['list'] }],
      },
      {
        ...{ kind: 'RoleBinding', metadata: { namespace: 'kube-system' } },
        subjects: [{ kind: 'Group', name: 'firebreak-read' }],
      },
    ]);
    expect((await print('prod-cluster', '--identity', 'act')).stdout).not.toContain(':check');
    expect((await print('lab', '--direct')).stdout).toContain('firebreak:lab:check');
    // Whoever labels DaemonSets in every namespace lists them there anyway.
    expect((await print('lab', '--verbs', 'label')).stdout).not.toContain('firebreak:lab:check');
  });

  test('prints one identity for all once: planning as itself, runs as the user', async () => {
    const objects = await objectsOf('lab');
    const names = objects.filter(({ kind }) => kind === 'ClusterRole').map(({ metadata }) => metadata.name);
    expect(names).toEqual(['firebreak:lab:read', 'firebreak:lab:impersonate', 'firebreak:lab:act']);
    expect((await objectsOf('lab', '--direct')).map(({ metadata }) => metadata.name)).toEqual([
      ...['firebreak:lab', 'firebreak:lab'],
      ...['firebreak:lab:check', 'firebreak:lab:check'],
    ]);
  });

  test('derives all of it from the verbs: those that the channels allow, or those that are named', async () => {
    const allowed = grantedTo(await objectsOf('lab', '--direct'), 'firebreak:lab');
    expect(allowed).toContain('create pods/exec');
    expect(allowed).not.toContain('patch pods');
    expect(grantedTo(await objectsOf('lab', '--direct', '--verbs', 'cordon,undo'), 'firebreak:lab')).toEqual([
      'get nodes',
      'list nodes',
      'list pods',
      'patch nodes',
    ]);
  });

  test('gives the node identity nothing in the cluster, and its grants outside', async () => {
    const { code, stdout } = await print('prod-cluster', '--identity', 'node');
    expect(code).toBe(0);
    expect(stdout).toContain('None of these needs anything of it in the cluster.');
    expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  /** Who may make Jobs where: the role's kind, its namespace and whom it is bound to. */
  const makers = async (...args: readonly string[]) => {
    const objects = await objectsOf(...args);
    return objects
      .filter(({ rules }) =>
        rules.some(({ resources, verbs }) => resources.includes('jobs') && verbs.includes('create')),
      )
      .map(({ kind, metadata }) => {
        const bound = objects.find((one) => one.subjects.length > 0 && one.metadata.name === metadata.name);
        return `${kind} in ${metadata.namespace}, ${bound?.kind} of ${bound?.subjects[0]?.name}`;
      });
  };

  test('grants footholds in their own namespaces alone, never in every one', async () => {
    const whom = '<whom the kubeconfig of tooled authenticates>';
    expect(await makers('tooled', '--verbs', 'isolate,release,undo', '--direct')).toEqual([
      `Role in probes, RoleBinding of ${whom}`,
      `Role in node-probes, RoleBinding of ${whom}`,
    ]);
    const { stdout } = await print('tooled', '--verbs', 'isolate');
    expect(stdout).toContain('Whoever may make pods there is root on');
    expect(stdout).toContain('deploy/footholds.yaml makes the namespace');
  });

  test('grants what is made on nodes to the identity for nodes alone, where there is one', async () => {
    const ways = ['noded', '--verbs', 'isolate', '--direct'] as const;
    expect(await makers(...ways, '--identity', 'act')).toEqual([
      'Role in firebreak-footholds, RoleBinding of <whom the kubeconfig of noded authenticates>',
    ]);
    expect(await makers(...ways, '--identity', 'node')).toEqual([
      'Role in firebreak-node-footholds, RoleBinding of <whom the kubeconfig of noded authenticates>',
    ]);
    expect((await print('noded', '--verbs', 'isolate')).stdout).toContain('# noded, identity node');
  });

  test('grants no foothold where there is no image to start one from', async () => {
    expect(await makers('lab', '--verbs', 'isolate,release,undo', '--direct')).toEqual([]);
  });

  test('grants an undo the end of a foothold, and not its start', async () => {
    const objects = await objectsOf('tooled', '--verbs', 'undo,release', '--direct');
    expect(
      JSON.stringify(
        objects.filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'probes'),
      ),
    ).toContain('"resources":["jobs"],"verbs":["get","delete"]');
  });

  test.each([
    [['prod-clustr'], 'There is no cluster prod-clustr in the configuration. Did you mean `prod-cluster`?'],
    [['lab', '--verbs', 'acquir'], 'There is no verb acquir. Did you mean `acquire`?'],
    [['lab', '--verbs', 'drain'], 'This version does not have the verb drain yet.'],
    [['lab', '--identity', 'raed'], 'There is no identity raed.'],
    [['unused'], 'No rule of a channel allows anything on unused, so nothing has to be granted.'],
    [['--identity', 'read'], 'Say for which cluster.'],
    [['lab', 'prod-cluster'], 'One cluster at a time'],
  ])('says what is wrong with %j', async (args, sentence) => {
    const { code, stdout, stderr } = await print(...args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
  });
});

const TOOLED = ['tooled', '--verbs', 'isolate,release,undo'];
const NODED = ['noded', '--verbs', 'isolate,release,undo'];

test.skipIf(kubectlPath === undefined)('kubectl takes each stream as it is printed', async () => {
  await using cluster = await startCluster({ containers: 'no shell' });
  const kubeconfig = join(folder, 'kubeconfig');
  cluster.writeKubeconfig(kubeconfig, 'admin');
  for (const name of ['shop', 'probes', 'node-probes', 'firebreak-footholds', 'firebreak-node-footholds'])
    cluster.addObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const args of [
    ['prod-cluster'],
    ['lab'],
    ['lab', '--direct'],
    ['google'],
    ['azure'],
    ['here'],
    TOOLED,
    NODED,
    [],
  ]) {
    const { stdout } = await print(...args);
    const applied = await new Promise<string>((resolve, reject) => {
      const child = execFile(
        kubectlPath ?? 'kubectl',
        ['apply', '-f', '-'],
        { env: { ...process.env, HOME: folder, KUBECONFIG: kubeconfig }, cwd: folder },
        (error, out, err) => (error === null ? resolve(out) : reject(new Error(`${out}${err}`))),
      );
      child.stdin?.end(stdout);
    });
    const count = parseAllDocuments(stdout).filter((document) => document.toJS() !== null).length;
    expect(applied.trim().split('\n')).toHaveLength(count);
  }
});
