import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterClient, ClusterWriter } from '../../src/core/cluster.ts';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import type { ExecuteContext, Outcome, Verb } from '../../src/core/verb.ts';
import { openBundle } from '../../src/evidence/bundle.ts';
import { createDirectoryStore } from '../../src/evidence/directory-store.ts';
import { guardedStore } from '../../src/evidence/guarded-store.ts';
import { type ExecuteDeps, execute } from '../../src/flow/execute.ts';
import type { Handled } from '../../src/flow/jobs.ts';
import type { NewRun, Run } from '../../src/flow/ledger.ts';
import { digest } from '../../src/runtime/digest.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type LedgerFixture, ledgerFixture, newRun } from '../ledger-fixture.ts';
import { ENTRY } from '../verbs/plan-scene.ts';

const target = {
  kind: 'pod',
  namespace: 'payments',
  name: 'x',
  uid: 'uid-1',
  phase: 'Running',
  node: 'node-a',
  serviceAccount: 'default',
  owners: [],
  containers: [],
} as const;

const pod = {
  metadata: { name: 'x', namespace: 'payments', uid: 'uid-1' },
  spec: { containers: [] },
  status: {},
};

const unused = (): never => {
  throw new Error('the test asks for nothing of the kind');
};

const client: ClusterClient & ClusterWriter = {
  get: async () => pod,
  list: async () => [],
  allowed: async () => true,
  allowedFor: async () => true,
  version: async () => 'v1.36.2',
  logs: unused,
  exec: unused,
  write: unused,
};

/** Approved runs on a real ledger and a real directory, executed by a verb that does what the test says. */
export interface Execution extends AsyncDisposable {
  readonly fixture: LedgerFixture;
  readonly store: EvidenceStore;
  /** What was told to the log. */
  readonly said: readonly string[];
  /** Called when an object of a bundle was begun. */
  onCreate: (name: string) => Promise<void>;
  request(change?: Partial<NewRun['plan']>): Promise<Run>;
  execute(
    run: string,
    work: (context: ExecuteContext) => Promise<Outcome>,
    stopping?: AbortSignal,
  ): Promise<Handled>;
}

export const execution = async (): Promise<Execution> => {
  const fixture = await ledgerFixture();
  const root = await mkdtemp(join(tmpdir(), 'firebreak-execution-'));
  const store = createDirectoryStore({ root });
  const watched: EvidenceStore = {
    ...store,
    create: async (bundle, name, signal) => {
      const writer = await store.create(bundle, name, signal);
      await made.onCreate(name);
      return writer;
    },
  };
  const said: string[] = [];
  const say = (_facts: object, sentence: string): void => {
    said.push(sentence);
  };
  const verb = (work: (context: ExecuteContext) => Promise<Outcome>): Verb => ({
    name: 'acquire',
    summary: '',
    effect: 'collect',
    kinds: ['pod'],
    container: 'none',
    leavesEvidence: 'bundle',
    flags: {},
    permissions: [],
    onTarget: [],
    alsoReads: [],
    examples: [],
    limits: [],
    plan: unused,
    execute: work,
  });
  const deps = (work: (context: ExecuteContext) => Promise<Outcome>): ExecuteDeps => ({
    ledger: fixture.ledger,
    directory: { standing: unused, members: unused, channel: unused, team: unused },
    clusters: {
      entries: [{ ...ENTRY, name: 'lab' }],
      reader: unused,
      look: unused,
      forRun: async () => ({ client, [Symbol.dispose]: () => undefined }),
    },
    nodeSide: unused,
    verbs: [verb(work)],
    store,
    storage: 'plaintext',
    channels: [],
    policyDigest: 'p1',
    digest,
    clock: systemClock,
    log: { info: say, warn: say, error: say },
    ownPod: undefined,
    version: '0.0.0',
    worker: 'test/1',
    runEnded: () => undefined,
    openBundle: ({ stillHeld, ...options }) =>
      openBundle({
        ...options,
        store: guardedStore(watched, stillHeld),
        clock: systemClock,
        digest,
      }),
  });
  const made: Execution = {
    fixture,
    store,
    said,
    onCreate: async () => undefined,
    request: async (change = {}) => {
      const { plan } = newRun();
      const changed = {
        ...plan,
        targets: [target],
        evidence: store.location,
        policy: { ...plan.policy, approvals: 0 },
        ...change,
      };
      const planText = digest.canonical(changed);
      return fixture.request({
        plan: changed,
        planText,
        planDigest: digest.sha256(planText),
        state: 'queued',
      });
    },
    execute: (run, work, stopping = new AbortController().signal) => execute(deps(work), run, stopping),
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
  return made;
};
