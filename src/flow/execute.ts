import type { ClusterClient } from '../core/cluster.ts';
import type { Bundle } from '../core/evidence.ts';
import { FirebreakError, toFirebreakError } from '../core/firebreak-error.ts';
import type { Outcome } from '../core/verb.ts';
import type { RunConnection } from './clusters.ts';
import { conclude, type Ending } from './conclude-run.ts';
import type { FlowDeps } from './deps.ts';
import { findDrift } from './find-drift.ts';
import { goesOn } from './goes-on.ts';
import { type Hold, holdRun } from './hold-run.ts';
import type { Run } from './ledger.ts';
import { makeChanges } from './make-change.ts';
import { sealRun, sealWhatThereIs } from './seal-run.ts';
import { settleIntents } from './settle-change.ts';
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
 * Runs an approved run to its end under a fencing number. Returns when the run has ended or another worker holds it;
 * throws `interrupted` when this process is stopping, so that the run is handed out again.
 */
export const execute = async (deps: ExecuteDeps, id: string, stopping: AbortSignal): Promise<void> => {
  const known = await deps.ledger.run(id);
  if (known === undefined) return;
  const fence = await claim(deps, id, stopping);
  if (fence === 'ended') return;
  const run = (await deps.ledger.run(id)) ?? known;

  const claimedAtMs = deps.clock.monotonicMs();
  const hold = holdRun(deps, run, fence, stopping);
  const end = async (ending: Ending): Promise<void> => {
    await conclude(deps, run, fence, ending);
    deps.runEnded(run.plan.verb, ending.to, (deps.clock.monotonicMs() - claimedAtMs) / 1000);
  };
  try {
    await end(await perform(deps, run, hold));
  } catch (thrown) {
    const error = await reasonOf(hold, fence, thrown);
    if (error.code === 'superseded') {
      deps.log.warn({ run: id, fence }, 'Another worker holds this run now; this one stopped.');
      return;
    }
    if (goesOn(error)) throw error;
    deps.log.error({ run: id, fence, id: error.id, code: error.code, err: thrown }, error.message);
    await end({
      to: error.code === 'cancelled' ? 'cancelled' : 'failed',
      result: { summary: '', findings: [], failure: error.sentence },
    });
  } finally {
    await hold.release();
  }
};

/** How soon a run asks again for a target that another run is changing; such a change takes a second. */
const BUSY_PAUSE_MS = 500;

/** Claims the run. One that changes something waits until no other run changes one of its targets. */
const claim = async (deps: ExecuteDeps, id: string, stopping: AbortSignal): Promise<number | 'ended'> => {
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
    if (claimed !== 'busy') return claimed;
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

/**
 * What an earlier worker of this run did is known before anything is judged: a run that was cancelled meanwhile, or may
 * not go on, says what was done as well. A cancel does not end it, and a cluster that can't be reached is asked again.
 */
const settleEarlier = async (deps: ExecuteDeps, run: Run, hold: Hold): Promise<void> => {
  if (run.fence === 1) return;
  const client: Pick<ClusterClient, 'get'> = {
    get: async (path, signal) => {
      using acting = await actingFor(deps, run, signal);
      return await acting.client.get(path, signal);
    },
  };
  await settleIntents(deps, { run, client, hold });
};

/** The cluster by the identity that acts, assumed for this run. */
const actingFor = (deps: ExecuteDeps, run: Run, signal: AbortSignal): Promise<RunConnection> =>
  deps.clusters.forRun(
    run.plan.cluster.name,
    {
      identity: 'act',
      onBehalfOf: {
        run: run.id,
        case: run.case,
        requester: run.requester.user,
        approvers: run.decisions
          .filter(({ verdict }) => verdict === 'approve')
          .map(({ person }) => person.user),
      },
    },
    signal,
  );

/** Checks everything again, acts, seals. Throws what ended it. */
const perform = async (deps: ExecuteDeps, run: Run, hold: Hold): Promise<Ending> => {
  const { signal, progress, stillHeld } = hold;
  await settleEarlier(deps, run, hold);
  const verb = verifyApproval(deps, run);
  using acting = await actingFor(deps, run, signal);
  const { client } = acting;
  const bundleName = `${run.case}/${run.id}`;
  const [target] = run.plan.targets;
  if (target === undefined)
    throw new FirebreakError({ code: 'unexpected', message: 'The plan has no target.', next: 'Ask again.' });

  await stillHeld();
  const superseded =
    verb.leavesEvidence === 'bundle' && run.fence > 1 ? await deps.store.supersede(bundleName, signal) : [];
  if (superseded.length > 0)
    await deps.ledger.write((transaction) =>
      transaction.append({
        type: 'evidence.superseded',
        actor: WORKER,
        case: run.case,
        run: run.id,
        facts: { objects: superseded, fence: run.fence },
      }),
    );
  const changing = { run, client, hold };
  const found = await findDrift(client, target, signal);
  const bundle = deps.openBundle({
    bundle: bundleName,
    client,
    caseKey: await deps.ledger.caseKey(run.case),
    signal,
    superseded,
    progress,
    stillHeld,
  });
  const capture = { run, bundle, startedAt: deps.clock.now(), drift: found.drift };
  let outcome: Outcome;
  try {
    outcome = await verb.execute({
      cluster: client,
      change: () => makeChanges(deps, changing),
      target,
      arguments: run.plan.arguments,
      bundle,
      clock: deps.clock,
      signal,
      drift: found.drift,
      progress,
    });
    // A stream that was cut is an artifact, not a failure: a verb may come to its end although it was stopped.
    signal.throwIfAborted();
  } catch (thrown) {
    const error = toFirebreakError(signal.aborted ? signal.reason : thrown);
    if (goesOn(error)) throw error;
    // However it failed: what it did to the cluster is known before it is said to have ended.
    await settleIntents(deps, changing);
    if (verb.leavesEvidence === 'nothing') throw error;
    const sealed = await sealWhatThereIs(deps, { ...capture, failure: error });
    return {
      to: error.code === 'cancelled' ? 'cancelled' : 'failed',
      result: {
        summary:
          sealed === undefined
            ? `What had arrived, if anything, lies unsealed at ${deps.store.reference(bundleName)}.`
            : 'What had arrived is sealed and kept.',
        findings: [],
        failure: error.sentence,
        ...(sealed === undefined ? {} : { evidence: sealed }),
      },
    };
  }
  const { summary, findings } = outcome;
  if (verb.leavesEvidence === 'nothing') return { to: 'succeeded', result: { summary, findings } };
  const sealed = await sealRun(deps, { ...capture, failure: undefined });
  return {
    to: sealed.completeness === 'complete' ? 'succeeded' : 'incomplete',
    result: { summary, findings, evidence: sealed },
  };
};
