import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVERYTHING } from '../../sandbox/cluster/access/default-users.ts';
import type { KubeObject } from '../../sandbox/cluster/api/kube-object.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import type { WriteRequest } from '../../src/core/cluster.ts';
import type { ClusterEntry } from '../../src/core/cluster-entry.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../../src/core/foothold.ts';
import type { ExecuteContext, Intention, RunNames, Verb, WantedWrite } from '../../src/core/verb.ts';
import { openBundle } from '../../src/evidence/bundle.ts';
import { createDirectoryStore } from '../../src/evidence/directory-store.ts';
import type { CheckPlace } from '../../src/flow/check/check-word.ts';
import { createUseCases } from '../../src/flow/create-use-cases.ts';
import type { FlowDeps } from '../../src/flow/deps.ts';
import { execute } from '../../src/flow/execute.ts';
import type { Run } from '../../src/flow/ledger.ts';
import type { Reply } from '../../src/flow/use-cases.ts';
import type { KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { digest } from '../../src/runtime/digest.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { undo } from '../../src/verbs/undo.ts';
import { judgeWrites } from '../checker/judge-writes.ts';
import { readDatabase } from '../checker/read-database.ts';
import { clientOf, fixedAccess } from '../kubernetes/client-of.ts';
import { CHANNEL, type LedgerFixture, ledgerFixture, REQUESTER } from '../ledger-fixture.ts';

export const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
export const policyKey = (name: string) =>
  ({ group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments', name }) as const;

/** The name of what a run makes. */
export const madeName = ({ run }: Pick<RunNames, 'run'>, what = ''): string =>
  `firebreak-${run.toLowerCase() || 'run'}${what}`;

/** A policy that denies everything to the pods that carry the run's own label. */
export const denyPolicy = (names: RunNames, step: string, what = ''): WantedWrite => ({
  ...{ action: 'make', kind: 'networkpolicy', namespace: 'payments', name: madeName(names, what), step },
  body: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { labels: { made: 'here' } },
    spec: {
      podSelector: { matchLabels: { 'firebreak.dev/isolated-by': names.run } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [],
    },
  },
});

export const setLabel = (step: string, key: string, value: string | null): WantedWrite => ({
  action: 'set',
  step,
  fields: [{ path: ['metadata', 'labels', key], value }],
});

/** What the verb of a test plans, and does. */
export interface Deed {
  readonly writes: (names: RunNames) => readonly WantedWrite[];
  /** All steps in their order when left out. */
  readonly work?: (context: ExecuteContext) => Promise<void>;
  readonly leavesEvidence?: Verb['leavesEvidence'];
  /** What the verb declares of itself; a change when left out. */
  readonly effect?: Effect;
  /** Why one more person has to approve it. */
  readonly oneMoreApproval?: string;
}

/** Use cases and runs on a real ledger, and on a cluster with the rules of Kubernetes. */
export interface MadeObjectsScene extends AsyncDisposable {
  readonly cluster: StandInCluster;
  readonly client: KubernetesClient;
  readonly fixture: LedgerFixture;
  readonly store: EvidenceStore;
  /** The folder that holds `<case>/<run>/`. */
  readonly evidence: string;
  /** What stands between a run and the cluster, as an admission webhook that nobody announced. */
  between: (request: WriteRequest, send: KubernetesClient['write']) => Promise<unknown>;
  /** By which `does` and `ask` say what the verb `fence` is. */
  intends(deed: Deed): void;
  told(text: string): Promise<Reply>;
  /** Types a command and resolves with its run, which waits for its worker. Throws with what was said instead. */
  ask(text: string): Promise<Run>;
  /** Lets a worker have it, to its end unless it is stopped. */
  execute(run: string, stopping?: AbortSignal): Promise<Run>;
  does(text: string): Promise<Run>;
  run(id: string): Promise<Run>;
  /** What the checker finds in the ledger, the trail and the cluster's own log; there is no channel here. */
  violations(): Promise<readonly string[]>;
  policy(name: string): KubeObject | undefined;
  pod(): KubeObject;
}

const NO_CHECK: CheckPlace = {
  identitiesOf: () => [],
  ownPlace: {
    serviceHost: undefined,
    clusterUid: async () => undefined,
    vouchedBy: async () => 'unknown',
  },
};

export const madeObjectsScene = async (): Promise<MadeObjectsScene> => {
  await using starting = new AsyncDisposableStack();
  const cluster = await startCluster({ containers: 'no shell' });
  starting.defer(() => cluster.close());
  const fixture = starting.use(await ledgerFixture());
  const root = await mkdtemp(join(tmpdir(), 'firebreak-made-'));
  starting.defer(() => rm(root, { recursive: true, force: true }));
  const store = createDirectoryStore({ root });
  const { token } = cluster.addUser('firebreak', EVERYTHING);
  const client = clientOf(fixedAccess(new URL(cluster.url), cluster.caPem, token));
  starting.defer(() => client.close());

  let deed: Deed = { writes: () => [] };
  const stepsOf = (): readonly string[] => [
    ...new Set(deed.writes({ run: '', case: '' }).map(({ step }) => step)),
  ];
  const fencing = (): Verb => ({
    ...{ name: 'fence', summary: 'Fences.', kinds: ['pod'], container: 'none' },
    effect: deed.effect ?? 'change',
    leavesEvidence: deed.leavesEvidence ?? 'nothing',
    ...{ flags: {}, onTarget: ['get', 'patch'], permissions: [], alsoReads: [] },
    ...{ examples: ['/k8s fence lab pod/x'], limits: [] },
    plan: async (): Promise<Intention> => ({
      ...{ methods: [], leaves: [], risks: [], notes: [] },
      writes: (names) => deed.writes(names),
      ...(deed.oneMoreApproval === undefined ? {} : { oneMoreApproval: deed.oneMoreApproval }),
    }),
    execute: async (context) => {
      if (deed.work !== undefined) await deed.work(context);
      else for (const step of stepsOf()) await context.change(step);
      return { summary: 'Fenced.', findings: [] };
    },
  });
  const entry: ClusterEntry = {
    ...{
      name: 'lab',
      provider: 'kubeconfig',
      parts: [],
      namespaces: ['payments'],
      identities: 'one for all',
    },
    guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
    ...{ footholds: DEFAULT_FOOTHOLDS, isolation: DEFAULT_ISOLATION },
  };
  const unused = (): never => {
    throw new Error('the test asks for nothing of the kind');
  };
  const quiet = (): undefined => undefined;
  let logged: object = {};
  const heard = (facts: object): void => {
    logged = facts;
  };
  const deps = (): FlowDeps => ({
    ledger: fixture.ledger,
    directory: {
      standing: async () => 'member',
      members: async () => [],
      channel: async () => 'own',
      team: async () => REQUESTER.team,
    },
    clusters: {
      entries: [entry],
      reader: async () => ({
        ...client,
        server: cluster.url,
        acting: async () => ({ note: '', allowed: async () => true }),
      }),
      forRun: async () => ({
        client: { ...client, write: (request) => scene.between(request, client.write) },
        [Symbol.dispose]: quiet,
      }),
      look: unused,
    },
    nodeSide: unused,
    verbs: [fencing(), undo],
    ...{ store, storage: 'plaintext' },
    channels: [
      {
        channel: CHANNEL,
        clusters: ['lab'],
        rules: [{ verbs: ['*'], approvals: 0, approvers: [], selfApproval: false, expiresMs: 60_000 }],
      },
    ],
    ...{ policyDigest: 'p1', digest, clock: systemClock },
    log: { info: quiet, warn: heard, error: heard },
    ...{ ownPod: undefined, version: '0.0.0' },
  });
  let deliveries = 0;
  const told: MadeObjectsScene['told'] = (text) => {
    deliveries += 1;
    return createUseCases({ ...deps(), check: NO_CHECK }).command({
      ...{ text, channel: CHANNEL, person: REQUESTER, delivery: `d${deliveries}` },
    });
  };
  const run: MadeObjectsScene['run'] = async (id) => {
    const found = await fixture.ledger.run(id);
    if (found === undefined) throw new Error(`there is no run ${id}`);
    return found;
  };
  const ask: MadeObjectsScene['ask'] = async (text) => {
    const [newestBefore] = await fixture.ledger.recentRuns(CHANNEL, 1);
    const reply = await told(text);
    const [newest] = await fixture.ledger.recentRuns(CHANNEL, 1);
    if (newest === undefined || newest.id === newestBefore?.id)
      throw new Error(JSON.stringify(reply), { cause: logged });
    return newest;
  };
  const executed: MadeObjectsScene['execute'] = async (id, stopping = new AbortController().signal) => {
    await execute(
      {
        ...deps(),
        worker: 'test/1',
        runEnded: quiet,
        openBundle: ({ stillHeld: _held, ...options }) =>
          openBundle({ ...options, store, clock: systemClock, digest }),
      },
      id,
      stopping,
    );
    return await run(id);
  };
  const running = starting.move();
  const scene: MadeObjectsScene = {
    ...{ cluster, client, fixture, store, told, ask, run, evidence: root },
    between: (request, send) => send(request),
    execute: executed,
    intends: (wanted) => {
      deed = wanted;
    },
    does: async (text) => executed((await ask(text)).id),
    violations: async () => judgeWrites(await readDatabase(fixture.urls.ownerUrl), cluster),
    policy: (name) => cluster.object(policyKey(name)),
    pod: () => {
      const pod = cluster.object(POD);
      if (pod === undefined) throw new Error('the pod is gone');
      return pod;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return scene;
};
