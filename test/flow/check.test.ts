import { describe, expect, test } from 'vitest';
import type { ClusterEntry } from '../../src/core/cluster-entry.ts';
import { IMPERSONATED_EXTRAS } from '../../src/core/impersonation.ts';
import type { ClusterCheckDeps } from '../../src/flow/check/check-cluster.ts';
import { checkClusters } from '../../src/flow/check/check-clusters.ts';
import type { CheckRow } from '../../src/flow/check/check-row.ts';
import { policyEngine } from '../../src/flow/check/policy-engine.ts';
import type { OwnPlace } from '../../src/flow/check/where-it-runs.ts';
import type { Look } from '../../src/flow/clusters.ts';
import { verbs } from '../../src/verbs/index.ts';
import { checkDeps, checkedEntry, notAllowed, playedLook } from './check-deps.ts';

const never = new AbortController().signal;
const rowsOf = async (deps: ClusterCheckDeps, entry: ClusterEntry, signal = never) =>
  (await checkClusters(deps, [entry], signal)).flatMap(({ rows }) => rows);
const row = (rows: readonly CheckRow[], what: string) => rows.find((one) => one.what === what);

describe('a check of clusters', () => {
  test('is not held by a cluster that never answers: the others are done before it is given up', async () => {
    const patience = new AbortController();
    const order: string[] = [];
    const done = (): void => {
      order.push('the other is done');
      patience.abort();
    };
    const look: ClusterCheckDeps['clusters']['look'] = async (cluster, _identity, signal) => {
      if (cluster !== 'slow') return playedLook({ closed: done });
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => {
        order.push('the slow one is given up');
        reject(signal.reason);
      });
      return promise;
    };
    const parts = await checkClusters(
      checkDeps(look),
      [checkedEntry('slow'), checkedEntry('one')],
      patience.signal,
    );
    expect(order).toEqual(['the other is done', 'the slow one is given up']);
    expect(parts.map(({ title }) => title)).toEqual(['slow (kubeconfig)', 'one (kubeconfig)']);
    expect(parts[0]?.rows[0]).toMatchObject({ verdict: 'failed', found: 'no answer within 30 s' });
    expect(parts[1]?.rows.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  });

  test('closes every connection that it made, whatever failed', async () => {
    let open = 0;
    const look: ClusterCheckDeps['clusters']['look'] = async (cluster) => {
      open += 1;
      const refuse = () => Promise.reject(new TypeError('broken'));
      return playedLook({
        ...(cluster === 'one' ? {} : { caller: refuse, version: refuse }),
        closed: () => {
          open -= 1;
        },
      });
    };
    await checkClusters(checkDeps(look), [checkedEntry('one'), checkedEntry('two')], never);
    expect(open).toBe(0);
  });

  test('asks what runs may do in the name of the user that they would be', async () => {
    const asked: string[] = [];
    const impersonates: Look['allowed'] = async ({ verb, resource, subresource }, { name }) =>
      verb !== 'impersonate' ||
      name === 'firebreak:one' ||
      (resource === 'userextras' && IMPERSONATED_EXTRAS.some((key) => key === subresource));
    const look = playedLook({
      allowed: async (permission, where, signal) =>
        permission.verb !== 'patch' && impersonates(permission, where, signal),
      allowedAs:
        (user) =>
        async ({ verb }) => {
          asked.push(user);
          return verb !== 'create';
        },
    });
    const rows = await rowsOf(
      checkDeps(async () => look),
      checkedEntry('one'),
    );
    expect(new Set(asked)).toEqual(new Set(['firebreak:one']));
    expect(row(rows, 'label')?.verdict).toBe('ok');
    expect(row(rows, 'acquire')).toMatchObject({
      verdict: 'failed',
      found: 'lacks create pods/exec in payments',
    });
    expect(row(rows, 'audit log names')?.found).toContain('firebreak:one');
  });

  test('asks for a permission once, however many verbs need it', async () => {
    const asked: string[] = [];
    const look = playedLook({
      allowed: async ({ verb, group, resource, subresource }, { namespace }) => {
        if (verb === 'impersonate') return false;
        asked.push([verb, group, resource, subresource, namespace].join(' '));
        return true;
      },
    });
    await rowsOf(
      checkDeps(async () => look, { identitiesOf: () => ['read'] }),
      checkedEntry('one', { identities: 'read and act' }),
    );
    const reads = asked.filter((one) => /^(get|list) \S* ?\w+ {2}/u.test(one));
    expect(reads.length).toBeGreaterThan(10);
    expect(new Set(reads).size).toBe(reads.length);
  });

  test('says of nodes, which lie in no namespace, that they are allowed, and not where', async () => {
    const rows = await rowsOf(
      checkDeps(async () => playedLook()),
      checkedEntry('one', { namespaces: ['payments', 'shop'] }),
    );
    expect(row(rows, 'cordon')?.found).toBe('allowed on nodes');
    expect(row(rows, 'acquire')?.found).toBe('allowed in payments, shop');
  });

  test('asks for footholds where they are, of whoever starts them', async () => {
    const isolateRows = async (refused: string, more: Partial<ClusterEntry>) => {
      const look = playedLook({
        allowed: async ({ verb, resource }, { namespace }) =>
          `${verb} ${resource} in ${namespace}` !== `create jobs in ${refused}`,
      });
      const rows = await checkClusters(
        checkDeps(async () => look, { identitiesOf: () => ['read', 'act', 'node'] }),
        [checkedEntry('one', { identities: 'read and act', namespaces: ['payments'], ...more })],
        never,
      );
      return Object.fromEntries(
        rows.map((part) => [/identity (.*)/u.exec(part.title)?.[1], row(part.rows, 'isolate')?.found]),
      );
    };
    const tools = { toolImage: 'registry.example/tools@sha256:0' };
    const nodes = { ...tools, nodeIdentity: 'its own' } as const;
    expect(await isolateRows('firebreak-footholds', tools)).toMatchObject({
      read: 'allowed in payments',
      act: 'lacks create jobs.batch in firebreak-footholds',
    });
    expect(await isolateRows('payments', nodes)).toMatchObject({
      act: 'allowed in payments; its footholds in firebreak-footholds',
      node: 'allowed in firebreak-node-footholds',
    });
    expect(await isolateRows('firebreak-node-footholds', nodes)).toMatchObject({
      act: 'allowed in payments; its footholds in firebreak-footholds',
      node: 'works; parts of it or of its answers are left out without create jobs.batch in firebreak-node-footholds',
    });
    expect(await isolateRows('firebreak-footholds', {})).toMatchObject({ act: 'allowed in payments' });
  });

  test('warns of verbs that are allowed and have no image to look from', async () => {
    const imageRow = async (deps: Partial<ClusterCheckDeps>, more: Partial<ClusterEntry> = {}) =>
      row(
        await rowsOf(
          checkDeps(async () => playedLook(), deps),
          checkedEntry('one', more),
        ),
        'tool image',
      );
    expect(await imageRow({})).toMatchObject({
      verdict: 'warning',
      found: expect.stringMatching(/none is named: .* are .*isolate/u),
      next: expect.stringContaining('docs/footholds.md'),
    });
    expect(await imageRow({}, { toolImage: 'registry.example/tools@sha256:0' })).toBeUndefined();
    const labels = verbs.filter(({ name }) => name === 'label');
    expect(await imageRow({ verbs: labels })).toBeUndefined();
  });

  test('asks in every allowed namespace whether who plans may do what runs do', async () => {
    const look = playedLook({
      allowed: async ({ verb, subresource }, { namespace }) =>
        ['get', 'list'].includes(verb)
          ? subresource === undefined
          : verb === 'create' && subresource === 'exec' && namespace === 'shop',
    });
    const rows = await rowsOf(
      checkDeps(async () => look, { identitiesOf: () => ['read'] }),
      checkedEntry('one', { identities: 'read and act', namespaces: ['payments', 'shop'] }),
    );
    expect(row(rows, 'reads alone')).toMatchObject({
      verdict: 'warning',
      found: 'planning may also create pods/exec in shop',
    });
  });

  test('every failed row says what to do', async () => {
    const refused = () => Promise.reject(notAllowed());
    const rows = await rowsOf(
      checkDeps(async () =>
        playedLook({ allowed: async () => false, caller: refused, whoAmI: refused, list: refused }),
      ),
      checkedEntry('one'),
    );
    const failed = rows.filter(({ verdict }) => verdict === 'failed');
    expect(failed.length).toBeGreaterThan(5);
    for (const { next } of failed) expect(next).toMatch(/^[A-Z].*\.$/u);
  });

  describe('where Firebreak runs', () => {
    const placed = async (look: Partial<Look>, place: Partial<OwnPlace>, entry = checkedEntry('one')) => {
      const deps = checkDeps(async () => playedLook(look));
      const ownPlace = { ...deps.ownPlace, serviceHost: '10.96.0.1', ...place };
      return row(await rowsOf({ ...deps, ownPlace }, entry), 'where Firebreak runs');
    };
    const uid = { get: async () => ({ metadata: { uid: 'uid-1' } }) };

    test('is a warning inside the cluster, by the UID of kube-system where both may be read', async () => {
      expect(await placed(uid, { clusterUid: async () => 'uid-1' })).toMatchObject({ verdict: 'warning' });
      const other = { clusterUid: async () => 'uid-2', vouchedBy: async () => 'yes' as const };
      expect(await placed({ ...uid, caPem: 'a CA' }, other)).toBeUndefined();
      const itself = checkedEntry('one', { provider: 'in-cluster' });
      expect(await placed({}, { serviceHost: undefined }, itself)).toMatchObject({ verdict: 'warning' });
    });

    test('is known by the CA of the cluster, without any right', async () => {
      const asked: string[] = [];
      const vouchedBy = (answer: 'yes' | 'no' | 'unknown') => async (caPem: string) => {
        asked.push(caPem);
        return answer;
      };
      const its = { caPem: 'a CA' };
      expect(await placed(its, { vouchedBy: vouchedBy('yes') })).toMatchObject({ verdict: 'warning' });
      expect(await placed(its, { vouchedBy: vouchedBy('no') })).toBeUndefined();
      expect(asked).toEqual(['a CA', 'a CA']);
    });

    test('is not checked where nothing tells, and nothing at all outside of every cluster', async () => {
      const unknown = { verdict: 'not checked', told: 'could not be told' };
      expect(await placed({ caPem: 'a CA' }, {})).toMatchObject(unknown);
      expect(await placed({}, { vouchedBy: async () => 'yes' })).toMatchObject(unknown);
      expect(await placed({ caPem: 'a CA' }, { serviceHost: undefined })).toBeUndefined();
    });
  });
});

describe('the engine of network policies', () => {
  const daemonSet = (name: string, containers: readonly object[] = []) => ({
    metadata: { name },
    spec: { template: { spec: { containers } } },
  });
  const agent = (value: string) => ({
    name: 'aws-eks-nodeagent',
    args: [`--enable-network-policy=${value}`],
  });
  const ONE = { cluster: 'one', identity: 'read' } as const;
  const found = (place: string, ...sets: readonly object[]) =>
    policyEngine({ list: async ({ namespace }) => (namespace === place ? sets : []) }, ONE, never);

  test.each([
    ['kube-system', 'calico-node', 'Calico'],
    ['calico-system', 'calico-node', 'Calico'],
    ['kube-system', 'cilium', 'Cilium'],
    ['kube-system', 'anetd', 'GKE Dataplane V2'],
    ['kube-system', 'azure-npm', 'Azure Network Policy Manager'],
    ['openshift-ovn-kubernetes', 'ovnkube-node', 'OVN-Kubernetes'],
  ])('in %s, %s is %s', async (place, name, engine) => {
    expect(await found(place, daemonSet('kube-proxy'), daemonSet(name))).toMatchObject({
      verdict: 'ok',
      told: engine,
    });
  });

  test('of Amazon VPC CNI enforces nothing before its agent is switched on', async () => {
    const on = await found('kube-system', daemonSet('aws-node', [{ name: 'aws-node' }, agent('true')]));
    expect(on.verdict).toBe('ok');
    const off = await found('kube-system', daemonSet('aws-node', [agent('false')]));
    expect(off).toMatchObject({ verdict: 'warning' });
    expect(off.found).toContain('agent of Amazon VPC CNI is off');
  });

  test('that none was found and that nobody could look are told apart', async () => {
    expect(await found('kube-system', daemonSet('kube-proxy'))).toMatchObject({ verdict: 'warning' });
    const blind = await policyEngine({ list: () => Promise.reject(notAllowed()) }, ONE, never);
    expect(blind).toMatchObject({ verdict: 'not checked' });
    expect(blind.found).toContain('lacks list daemonsets.apps in kube-system');
    expect(blind.next).toBe(
      'Grant list daemonsets.apps in the namespace where the engine runs: firebreak permissions one --identity read prints it.',
    );
    const half = await policyEngine(
      {
        list: ({ namespace }) =>
          namespace === 'kube-system' ? Promise.resolve([]) : Promise.reject(notAllowed()),
      },
      ONE,
      never,
    );
    expect(half).toMatchObject({
      verdict: 'not checked',
      found:
        'none found in kube-system, and it lacks list daemonsets.apps in calico-system, openshift-ovn-kubernetes',
    });
  });
});
