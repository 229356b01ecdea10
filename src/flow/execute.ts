import type { ClusterClient } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import type { Bundle } from '../core/evidence.ts';
import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import type { Target } from '../core/target.ts';
import type { Drift, Outcome, Verb } from '../core/verb.ts';
import { actingFor } from './acting-for.ts';
import type { RunConnection } from './clusters.ts';
import { conclude, type Ending } from './conclude-run.ts';
import type { FlowDeps } from './deps.ts';
import { findDrift } from './find-drift.ts';
import { goesOn } from './goes-on.ts';
import { type Hold, holdRun } from './hold-run.ts';
import type { Handled } from './jobs.ts';
import type { Run } from './ledger.ts';
import { makeChanges } from './make-change.ts';
import { writeProof } from './proofs/write-proof.ts';
import { type Capture, sealRun, sealWhatThereIs } from './seal-run.ts';
import { settleIntents } from './settle-change.ts';
import { leftElsewhere, supersedeEarlier } from './supersede-earlier.ts';
import { verifyApproval } from './verify-approval.ts';
import { WORKER } from './worker.ts';

/** Opens the bundle of one run. The composition root gives the one that streams to the configured store. */
export type OpenBundle = (options: {
  readonly bundle: string;
  readonly client: ClusterClient;
  readonly caseKey: Uint8Array;
  readonly signal: AbortSignal;
  readonly superseded: readonly string[];
  readonly progress: (progress: { readonly phase: string; readonly bytes: number }) => void;
  /** Throws `superseded` when another worker holds the run. Asked before each object is begun. */
  readonly stillHeld: () => Promise<void>;
}) => Bundle;

export interface ExecuteDeps extends FlowDeps {
  readonly openBundle: OpenBundle;
  /** Names this process in the trail, so that a takeover says from whom to whom. */
  readonly worker: string;
  /** For the metrics; seconds since the claim. */
  readonly runEnded: (verb: string, state: string, seconds: number) => void;
}

/**
 * Runs an approved run to its end under a fencing number. `done` when the run has ended or another worker holds it,
 * `later` when another run holds one of its targets; throws `interrupted` when this process is stopping, so that the run
 * is handed out again.
 */
export const execute = async (deps: ExecuteDeps, id: string, stopping: AbortSignal): Promise<Handled> => {
  const known = await deps.ledger.run(id);
  if (known === undefined) return 'done';
  const fence = await claim(deps, id, stopping);
  if (fence === 'ended') return 'done';
  if (fence === 'busy') return 'later';
  const run = (await deps.ledger.run(id)) ?? known;

  const claimedAtMs = deps.clock.monotonicMs();
  const hold = holdRun(deps, run, fence, stopping);
  const end = async (ending: Ending): Promise<void> => {
    const client = actingReader(deps, run);
    await settleIntents(deps, { run, client, hold });
    await conclude({ ...deps, client }, run, fence, ending);
    deps.runEnded(run.plan.verb, ending.to, (deps.clock.monotonicMs() - claimedAtMs) / 1000);
  };
  const failed = async (thrown: unknown): Promise<void> => {
    const error = await reasonOf(hold, fence, thrown);
    if (error.code === 'superseded' || goesOn(error)) throw error;
    deps.log.error({ run: id, fence, id: error.id, code: error.code, err: thrown }, error.message);
    await end({
      to: error.code === 'cancelled' ? 'cancelled' : 'failed',
      result: { summary: leftElsewhere(deps, run), findings: [], failure: error.sentence },
    });
  };
  try {
    await perform(deps, run, hold).then(end).catch(failed);
  } catch (thrown) {
    // The successor's job is this one: failing it would bring a third worker, and end the second.
    if (toFirebreakError(thrown).code !== 'superseded') throw thrown;
    deps.log.warn({ run: id, fence }, 'Another worker holds this run now; this one stopped.');
  } finally {
    await hold.release();
  }
  return 'done';
};

/** How soon a run asks again for a target that another run is changing; such a change takes a second. */
const BUSY_PAUSE_MS = 500;
/** After it the worker's slot goes to another run: the one that holds the target may need one to be taken over. */
const BUSY_FOR_MS = 1_000;

/** Claims the run. One that changes something waits a little while another run changes one of its targets. */
const claim = async (
  deps: ExecuteDeps,
  id: string,
  stopping: AbortSignal,
): Promise<number | 'ended' | 'busy'> => {
  const deadline = deps.clock.monotonicMs() + BUSY_FOR_MS;
  for (;;) {
    const claimed = await deps.ledger.write(async (transaction) => {
      const run = await transaction.lockRun(id);
      if (run === undefined) return 'ended';
      const changing = run.plan.writes.map(({ object }) => object.uid);
      const fence = await transaction.claim(id, deps.worker, changing, (next) => ({
        type: next === 1 ? 'run.started' : 'run.taken-over',
        actor: WORKER,
        case: run.case,
        run: id,
        facts: { worker: deps.worker, fence: next, planDigest: run.planDigest },
      }));
      if (fence === 'ended' || fence === 'busy') return fence;
      await transaction.show(id, 'card');
      if (fence > 1) await transaction.show(id, 'taken-over');
      return fence;
    });
    if (claimed !== 'busy' || deps.clock.monotonicMs() >= deadline) return claimed;
    await deps.clock.sleep(BUSY_PAUSE_MS, stopping);
  }
};

/**
 * What really ended it. A name that is taken in the store means a successor only when there is one. Otherwise a slow
 * predecessor took it, and the run starts over; the first worker of a run has none, so it is somebody else's.
 */
const reasonOf = async (hold: Hold, fence: number, thrown: unknown): Promise<FirebreakError> => {
  const error = toFirebreakError(hold.signal.aborted ? hold.signal.reason : thrown);
  if (error.code !== 'superseded') return error;
  const taken =
    fence > 1
      ? ({ code: 'interrupted', next: 'The run starts over.', retry: 'retry can help' } as const)
      : ({
          code: 'evidence-store',
          next: 'Nothing was overwritten. If another installation keeps its evidence there, give each its own place, then ask again.',
        } as const);
  return hold
    .stillHeld()
    .then(() => new FirebreakError({ ...taken, message: error.message, cause: error }), toFirebreakError);
};

/** For a question at the end of a run, whatever became of the connection that it acted by. */
const actingReader = (deps: ExecuteDeps, run: Run): Pick<ClusterClient, 'get'> => ({
  get: async (path, signal) => {
    using acting = await actingFor(deps, run, signal);
    return await acting.client.get(path, signal);
  },
});

/** Acts as the plan says, and seals. Throws what ended it; what was collected before that is sealed with the reason. */
const perform = async (deps: ExecuteDeps, run: Run, hold: Hold): Promise<Ending> => {
  const { signal, progress, stillHeld } = hold;
  const superseded = await supersedeEarlier(deps, run, hold);
  const startedAt = deps.clock.now();
  const caseKey = await deps.ledger.caseKey(run.case);
  const open = (client: ClusterClient): Bundle =>
    deps.openBundle({
      bundle: `${run.case}/${run.id}`,
      ...{ client, caseKey, signal, superseded, progress, stillHeld },
    });
  /** The bundle says what became of each change. */
  const settled = (): Promise<void> => settleIntents(deps, { run, client: actingReader(deps, run), hold });
  /** Ends the run by a failure, with what there is; rethrows one that does not end it, or that leaves nothing to be sealed. */
  const failed = async (
    thrown: unknown,
    bundle: Bundle | undefined,
    drift: readonly Drift[],
  ): Promise<Ending> => {
    const failure = toFirebreakError(signal.aborted ? signal.reason : thrown);
    if (goesOn(failure) || bundle === undefined) throw failure;
    await settled();
    return endFailed(deps, { run, bundle, startedAt, drift, failure });
  };

  let ready: Ready;
  try {
    ready = await prepare(deps, run, signal);
  } catch (thrown) {
    return failed(thrown, superseded.length === 0 ? undefined : open(NO_CLUSTER), []);
  }
  using acting = ready.acting;
  const { verb, target, drift } = ready;
  const { client } = acting;
  const bundle = open(client);
  let outcome: Outcome;
  try {
    outcome = await verb.execute({
      cluster: client,
      change: (step) => makeChanges(deps, { run, client, hold }, step),
      proved: (proof) => writeProof(deps, run, proof),
      names: { run: run.id, case: run.case },
      ...{ proof: run.plan.proof, entry: ready.entry },
      ...{ target, arguments: run.plan.arguments, bundle, clock: deps.clock, signal, drift, progress },
    });
    // A stream that was cut is an artifact, not a failure: a verb may come to its end although it was stopped.
    signal.throwIfAborted();
  } catch (thrown) {
    return failed(thrown, verb.leavesEvidence === 'nothing' ? undefined : bundle, drift);
  }
  if (verb.leavesEvidence === 'nothing') return { to: 'succeeded', result: outcome };
  await settled();
  const sealed = await sealRun(deps, { run, bundle, startedAt, drift, failure: undefined });
  return {
    to: sealed.completeness === 'complete' ? 'succeeded' : 'incomplete',
    result: { ...outcome, evidence: sealed },
  };
};

interface Ready {
  readonly verb: Verb;
  readonly entry: ClusterEntry;
  readonly target: Target;
  readonly acting: RunConnection;
  readonly drift: readonly Drift[];
}

/** Checks everything again, and connects. */
const prepare = async (deps: ExecuteDeps, run: Run, signal: AbortSignal): Promise<Ready> => {
  const verb = verifyApproval(deps, run);
  const [target] = run.plan.targets;
  if (target === undefined)
    throw new FirebreakError({ code: 'unexpected', message: 'The plan has no target.', next: 'Ask again.' });
  const acting = await actingFor(deps, run, signal);
  try {
    const { drift } = await findDrift(acting.client, target, signal);
    return { verb, entry: entryOf(deps, run), target, acting, drift };
  } catch (thrown) {
    acting[Symbol.dispose]();
    throw thrown;
  }
};

const entryOf = ({ clusters }: Pick<FlowDeps, 'clusters'>, { plan }: Run): ClusterEntry => {
  const entry = clusters.entries.find(({ name }) => name === plan.cluster.name);
  if (entry !== undefined) return entry;
  throw new FirebreakError({
    code: 'cluster-unknown',
    message: `The cluster ${plan.cluster.name} is no longer in the configuration.`,
    next: 'Have it put back, and ask again.',
  });
};

const endFailed = async (
  deps: ExecuteDeps,
  capture: Capture & { readonly failure: FirebreakError },
): Promise<Ending> => {
  const { run, failure } = capture;
  const sealed = await sealWhatThereIs(deps, capture);
  return {
    to: failure.code === 'cancelled' ? 'cancelled' : 'failed',
    result: {
      summary:
        sealed === undefined
          ? `What had arrived, if anything, lies unsealed at ${deps.store.reference(`${run.case}/${run.id}`)}.`
          : 'What had arrived is sealed and kept.',
      findings: [],
      failure: failure.sentence,
      ...(sealed === undefined ? {} : { evidence: sealed }),
    },
  };
};

const noCluster = (): Promise<never> =>
  Promise.reject(
    new FirebreakError({
      code: 'interrupted',
      message: 'The run has no cluster any more.',
      next: 'Ask again.',
    }),
  );
/** For a bundle to which nothing is added any more. */
const NO_CLUSTER: ClusterClient = {
  ...{ get: noCluster, list: noCluster, allowed: noCluster, allowedFor: noCluster, version: noCluster },
  ...{ logs: noCluster, exec: noCluster },
};
