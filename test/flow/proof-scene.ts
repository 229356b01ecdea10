import type { Change, FieldChange, ObjectRef } from '../../src/core/change.ts';
import { madeUid } from '../../src/core/change.ts';
import type { ClusterClient, ClusterWriter, ResourcePath } from '../../src/core/cluster.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Proof, Verdict } from '../../src/core/proof.ts';
import { OBJECT_PATH } from '../../src/core/structure.ts';
import type { Target } from '../../src/core/target.ts';
import type { ProveContext, Verb } from '../../src/core/verb.ts';
import type { AssumedIdentity } from '../../src/flow/clusters.ts';
import type { Run } from '../../src/flow/ledger.ts';
import { type ProofDeps, reprove } from '../../src/flow/proofs/reprove.ts';
import { writeProof } from '../../src/flow/proofs/write-proof.ts';
import { digest } from '../../src/runtime/digest.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type ChangingRuns, changingRuns } from '../changing-runs.ts';
import { type DatabaseClock, databaseClock } from '../database-clock.ts';
import { auditEvent, type LedgerFixture, ledgerFixture, newRun } from '../ledger-fixture.ts';
import { ENTRY } from '../verbs/plan-scene.ts';

export const EVERY_MS = 300_000;
const CLUSTER = 'lab';

const target: Target = {
  kind: 'pod',
  ...{ namespace: 'payments', name: 'x', uid: 'uid-1', phase: 'Running' },
  ...{ node: 'node-a', serviceAccount: 'default', owners: [], containers: [] },
};

const LABEL = 'firebreak.dev/isolated-by';
export const LABEL_PATH = ['metadata', 'labels', LABEL] as const;
export const POD: ObjectRef = { kind: 'pod', namespace: 'payments', name: 'x', uid: 'uid-1' };
export const policyOf = (run: string): ObjectRef => {
  const name = {
    kind: 'networkpolicy',
    namespace: 'payments',
    name: `firebreak-${run.toLowerCase()}`,
  } as const;
  return { ...name, uid: madeUid(name) };
};
const jobOf = (run: string): ObjectRef => {
  const namespace = 'firebreak-footholds';
  const name = { kind: 'job', namespace, name: `firebreak-${run.toLowerCase()}-probe` } as const;
  return { ...name, uid: madeUid(name) };
};
const WHOLE: FieldChange = { path: OBJECT_PATH, before: null, after: '{}' };
const policyBody = (run: string) => ({
  metadata: { name: policyOf(run).name, namespace: 'payments' },
  spec: { podSelector: { matchLabels: { [LABEL]: run } }, policyTypes: ['Ingress', 'Egress'] },
});

/** A proof of this verdict, as a verb makes it. */
export const proofOf = (verdict: Verdict): Proof => ({
  format: 'firebreak.proof/1',
  at: '2026-11-21T09:30:00.000Z',
  target: { uid: 'uid-1' },
  verdict,
  reasons: [`It is ${verdict}.`],
  ...(verdict === 'CONTAINED' ? {} : { next: 'Look for what lets this through.' }),
  tries: [],
  sockets: { state: 'read', stillOpen: 0, newlyOpen: 0, excepted: 0, open: [] },
  restarts: { before: {}, after: {} },
  by: 'firebreak tools',
});

/** What one call of `prove` does. */
export type Scripted = Verdict | FirebreakError | ((context: ProveContext) => Promise<Proof>);

interface Stored {
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

/** A run that isolated a pod, and replicas that repeat its proof as a test scripts it, on a real ledger. */
export interface ProofScene extends AsyncDisposable {
  readonly fixture: LedgerFixture;
  readonly clock: DatabaseClock;
  readonly runs: ChangingRuns;
  /** Called by each repetition, with its context. */
  readonly contexts: ProveContext[];
  /** By whom the cluster was reached. */
  readonly assumed: AssumedIdentity[];
  /** For the metrics. */
  readonly counted: string[];
  /** What stands in the cluster, by `kind/name`. */
  readonly objects: Map<string, Stored>;
  script(...next: readonly Scripted[]): void;
  /** An isolation in force, whose own proof came to this; `none` when it ended before. */
  isolated(
    first: Verdict | 'none',
    end?: 'succeeded' | 'failed' | 'cancelled',
    /** Which the cluster removed since. */
    more?: 'with a probe pod' | 'and no more',
    given?: Plan['arguments'],
  ): Promise<Run>;
  /** By another run, which ends then. */
  undo(run: Run): Promise<void>;
  change(run: Run, object: ObjectRef, fields: readonly FieldChange[], madeUid?: string): Promise<Change>;
  deps(change?: Partial<ProofDeps>): ProofDeps;
  /** Everything that is due, by one replica. */
  round(change?: Partial<ProofDeps>, stopping?: AbortSignal): Promise<number>;
  /** 5 minutes later. */
  later(): Promise<void>;
  notices(run: string): Promise<readonly string[]>;
  events(run: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const unused = (): never => {
  throw new Error('the test asks for nothing of the kind');
};

export const proofScene = async (): Promise<ProofScene> => {
  const fixture = await ledgerFixture();
  const clock = await databaseClock(fixture.urls.ownerUrl);
  const runs = changingRuns(fixture);
  const scripted: Scripted[] = [];
  const contexts: ProveContext[] = [];
  const assumed: AssumedIdentity[] = [];
  const counted: string[] = [];
  const objects = new Map<string, Stored>();
  const { ledger, pool } = fixture;

  const client: ClusterClient & ClusterWriter = {
    get: async ({ resource, name }: ResourcePath) => {
      const found = objects.get(`${resource}/${name}`);
      if (found !== undefined) return found;
      throw new FirebreakError({ code: 'not-found', message: 'There is none.', next: 'Look.' });
    },
    list: async ({ resource }: ResourcePath) =>
      [...objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, stored]) => stored),
    ...{ allowed: unused, allowedFor: unused, version: unused, logs: unused },
    ...{ exec: unused, write: unused },
  };
  const verb: Verb = {
    name: 'isolate',
    ...{ summary: '', effect: 'change', kinds: ['pod'], container: 'none', leavesEvidence: 'nothing' },
    ...{ flags: {}, permissions: [], onTarget: [], alsoReads: [], examples: [], limits: [] },
    ...{ plan: unused, execute: unused },
    prove: async (context) => {
      contexts.push(context);
      const next = scripted.shift();
      if (next === undefined) throw new TypeError('no further proof was scripted');
      if (next instanceof FirebreakError) throw next;
      return typeof next === 'string' ? proofOf(next) : await next(context);
    },
  };
  const quiet = (): void => undefined;
  const current = async (id: string): Promise<Run> => {
    const found = await ledger.run(id);
    if (found === undefined) throw new Error(`there is no run ${id}`);
    return found;
  };
  const start = async (name: string, given: Plan['arguments'] = {}): Promise<Run> => {
    const { plan } = newRun();
    const planned: Plan = { ...plan, verb: name, effect: 'change', targets: [target], arguments: given };
    const planText = digest.canonical(planned);
    const stored = { plan: planned, planText, planDigest: digest.sha256(planText) };
    const { id } = await fixture.request({ ...stored, state: 'queued', command: `${name} lab pod/x` });
    await runs.claim(id);
    return current(id);
  };
  const made: ProofScene = {
    ...{ fixture, clock, runs, contexts, assumed, counted, objects },
    script: (...next) => {
      scripted.push(...next);
    },
    isolated: async (first, end = 'succeeded', more = 'and no more', given = {}) => {
      const run = await start('isolate', given);
      const policy = policyOf(run.id);
      const body = policyBody(run.id);
      const label = [{ path: LABEL_PATH, before: null, after: run.id }];
      await made.change(
        run,
        policy,
        [{ path: OBJECT_PATH, before: null, after: JSON.stringify(body) }],
        'uid-policy',
      );
      await made.change(run, POD, label);
      if (more === 'with a probe pod') await made.change(run, jobOf(run.id), [WHOLE], 'uid-job');
      objects.set(`networkpolicies/${policy.name}`, {
        ...body,
        metadata: { ...body.metadata, uid: 'uid-policy' },
      });
      objects.set('pods/x', {
        metadata: { name: 'x', namespace: 'payments', uid: 'uid-1', labels: { [LABEL]: run.id } },
      });
      if (first !== 'none') await writeProof({ ledger, digest }, run, proofOf(first));
      await ledger.write((transaction) =>
        transaction.transition(
          run.id,
          { from: 'running', to: end, fence: 1 },
          auditEvent(`run.${end}`, run.id),
        ),
      );
      return current(run.id);
    },
    undo: async (run) => {
      const undo = await start('undo');
      const policy = policyOf(run.id);
      const text = JSON.stringify(policyBody(run.id));
      await made.change(undo, POD, [{ path: LABEL_PATH, before: run.id, after: null }]);
      await made.change(undo, policy, [{ path: OBJECT_PATH, before: text, after: null }]);
      objects.delete(`networkpolicies/${policy.name}`);
      await runs.end(undo.id);
    },
    change: async (run, object, fields, uid) => {
      const change = await runs.intended({
        ...{ run: run.id, cluster: CLUSTER, object, fields, resourceVersion: '10', fence: 1 },
      });
      await ledger.write((transaction) =>
        transaction.settle(
          change,
          { to: 'applied', fence: 1, ...(uid === undefined ? {} : { madeUid: uid }) },
          auditEvent('change.settled', run.id),
        ),
      );
      return change;
    },
    deps: (change = {}) => ({
      ledger,
      clusters: {
        entries: [{ ...ENTRY, name: CLUSTER, isolation: { proofEveryMs: EVERY_MS } }],
        ...{ reader: unused, look: unused },
        forRun: async (_cluster, identity) => {
          assumed.push(identity);
          return { client, [Symbol.dispose]: quiet };
        },
      },
      nodeSide: unused,
      verbs: [verb],
      digest,
      clock: systemClock,
      log: { info: quiet, warn: quiet, error: quiet },
      proofRepeated: (...said) => counted.push(said.join(' ')),
      ...change,
    }),
    round: async (change = {}, stopping = new AbortController().signal) => {
      let rounds = 0;
      while ((await reprove(made.deps(change), stopping)) === 'done') rounds += 1;
      return rounds;
    },
    later: () => clock.advance(EVERY_MS + 1_000),
    notices: async (run) => {
      const { rows } = await pool.query<{ notice: string }>(
        `select notice from firebreak.messages where run_id = $1 and notice like 'proof-%' order by number`,
        [run],
      );
      return rows.map(({ notice }) => notice);
    },
    events: async (run) => {
      const { rows } = await pool.query<{ type: string; body: string }>(
        `select type, body from firebreak.audit_events where run_id = $1 and type like 'isolation.%' order by seq`,
        [run],
      );
      return rows.map(({ type, body }) => ({ type, ...JSON.parse(body).facts }));
    },
    async [Symbol.asyncDispose]() {
      await clock.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
  return made;
};
