import type { Change } from '../../core/change.ts';
import { FirebreakError, toFirebreakError } from '../../core/firebreak-error.ts';
import { DEFAULT_ISOLATION } from '../../core/foothold.ts';
import { type HeldField, heldFields } from '../../core/held-fields.ts';
import { isMark } from '../../core/marks.ts';
import { afterRound, type Drifted, type Nearby, type RoundResult } from '../../core/proof-round.ts';
import { isLeftToProve } from '../../core/run-part.ts';
import type { Target } from '../../core/target.ts';
import type { Verb } from '../../core/verb.ts';
import { actingFor } from '../acting-for.ts';
import type { FlowDeps } from '../deps.ts';
import type { LastProof, NewRound, ProofLease, Run } from '../ledger.ts';
import { changedAround } from './changed-around.ts';
import { inTime, ROUND_DEADLINE_MS } from './in-time.ts';
import { tellRound } from './tell-round.ts';
import { watchObjects } from './watch-objects.ts';
import { proofText } from './write-proof.ts';

export type ProofDeps = Pick<FlowDeps, 'ledger' | 'clusters' | 'verbs' | 'digest' | 'clock' | 'log'> &
  Parameters<typeof actingFor>[0] & {
    /** For the metrics. */
    readonly proofRepeated: (verb: string, verdict: string) => void;
  };

/** Longer than a round and the write after it take: a replica that is only slow keeps its lease. */
const LEASE_MS = ROUND_DEADLINE_MS + 40_000;
/** How soon a run is looked at again while another run changes what it changed. */
const BUSY_AGAIN_MS = 5_000;

/**
 * Repeats the proof that has waited longest, if one is due; whoever comes to the same run meanwhile finds it leased. Writes
 * down whatever came of it, and owes the channel what is new. `interrupted` leaves it to another replica.
 */
export const reprove = async (deps: ProofDeps, stopping: AbortSignal): Promise<'done' | 'none due'> => {
  const lease = await deps.ledger.claimDueProof({
    verbs: deps.verbs.filter(({ prove }) => prove !== undefined).map(({ name }) => name),
    every: deps.clusters.entries.map(({ name, isolation }) => ({
      cluster: name,
      everyMs: isolation.proofEveryMs,
    })),
    otherwiseMs: DEFAULT_ISOLATION.proofEveryMs,
    leaseMs: LEASE_MS,
  });
  if (lease === undefined) return 'none due';
  try {
    await deps.ledger.releaseProof(lease, await oneRound(deps, lease, stopping));
  } catch (thrown) {
    if (!stopping.aborted) throw thrown;
    await deps.ledger.releaseProof(lease, { againMs: 0 });
  }
  return 'done';
};

type Next = Parameters<FlowDeps['ledger']['releaseProof']>[1];

/** What a run holds, and by which change of the ledger that is known. */
interface Holding {
  readonly run: Run;
  readonly changes: readonly Change[];
  readonly held: readonly HeldField[];
  readonly asOf: string;
}

const oneRound = async (deps: ProofDeps, lease: ProofLease, stopping: AbortSignal): Promise<Next> => {
  const run = await deps.ledger.run(lease.run);
  const verb = deps.verbs.find(({ name }) => name === run?.plan.verb);
  // A replica of another version knows it.
  if (run === undefined || verb === undefined) return { againMs: BUSY_AGAIN_MS };
  const holding = await holdingOf(deps, run);
  if (holding === 'changing') return { againMs: BUSY_AGAIN_MS };
  if (!isLeftToProve(verb, holding.changes, holding.held)) return 'nothing is held';
  const last = (await deps.ledger.lastProofs([run.id])).get(run.id);
  const made = await makeRound(deps, { verb, holding, last }, stopping);
  const round: NewRound = { ...made, ...afterRound(last?.newest.standing, made.result, made.drifted) };
  const written = await tellRound(deps, run, round, { kind: 'round', ...lease, asOf: holding.asOf });
  if (written !== 'written') {
    deps.log.info({ run: run.id, written }, 'The round of a proof was discarded.');
    return { againMs: 0 };
  }
  deps.proofRepeated(verb.name, made.result.kind === 'proven' ? made.result.proof.verdict : made.result.kind);
  return made.left === 'nothing' ? 'nothing is held' : { againMs: 0 };
};

/** `changing`: another run is at work on what it changed, so that nothing can be concluded. */
const holdingOf = async ({ ledger }: ProofDeps, run: Run): Promise<Holding | 'changing'> => {
  const changes = (await ledger.changesOf(run.id)).filter(({ state }) => state !== 'not applied');
  const cluster = run.plan.cluster.name;
  const objects = [...new Set(changes.map(({ object }) => object.uid))];
  const history = (await Promise.all(objects.map((uid) => ledger.history([cluster], uid)))).flat();
  if (history.some(({ state }) => state === 'intended')) return 'changing';
  const held = heldFields(history.toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1)));
  const newest = history.reduce((most, { id }) => (BigInt(id) > most ? BigInt(id) : most), 0n);
  return {
    ...{ run, changes, asOf: newest.toString() },
    held: held.filter((field) => field.run === run.id && !isMark(field) && !isFoothold(field)),
  };
};

/** It ends at its deadline by itself; what is lost by that is the proof, which says so. */
const isFoothold = ({ object }: HeldField): boolean => object.kind === 'job';

interface Made {
  readonly result: RoundResult;
  readonly text?: NonNullable<NewRound['text']>;
  readonly drifted: readonly Drifted[];
  readonly around: readonly Nearby[];
  readonly left: 'something' | 'nothing';
}

/** Looks and proves. Throws when this process stops, and nothing else. */
const makeRound = async (
  deps: ProofDeps,
  proving: { readonly verb: Verb; readonly holding: Holding; readonly last: LastProof | undefined },
  stopping: AbortSignal,
): Promise<Made> => {
  const { run, held, changes } = proving.holding;
  let watched: Pick<Made, 'drifted' | 'around' | 'left'> = { drifted: [], around: [], left: 'something' };
  try {
    return await inTime(deps.clock, stopping, async (signal) => {
      const target = targetOf(run);
      using acting = await actingFor(deps, run, signal);
      const { client } = acting;
      const found = await watchObjects(client, { target, held, changes }, signal);
      watched = { ...watched, drifted: found.drifted, left: found.left };
      if (found.target === 'gone' || found.left === 'nothing')
        return { ...watched, result: { kind: 'nothing to prove' } };
      const proof = await proveOnce(deps, proving, { client, target, signal });
      const result = { kind: 'proven', proof } as const;
      const { news } = afterRound(proving.last?.newest.standing, result, found.drifted);
      const around =
        news === 'failed'
          ? await changedAround(client, { target, changes, since: proving.last?.proven?.at }, signal)
          : [];
      return { ...watched, around, result, text: proofText(deps, proof) };
    });
  } catch (thrown) {
    if (stopping.aborted) throw thrown;
    const error = toFirebreakError(thrown);
    deps.log.warn({ run: run.id, code: error.code, id: error.id, err: thrown }, error.message);
    return { ...watched, result: { kind: 'not proven', code: error.code, why: error.sentence } };
  }
};

const targetOf = ({ plan }: Run): Target => {
  const [target] = plan.targets;
  if (target !== undefined) return target;
  throw new FirebreakError({ code: 'unexpected', message: 'The plan has no target.', next: 'Ask again.' });
};

const proveOnce = async (
  { clusters, clock }: ProofDeps,
  { verb, holding, last }: Parameters<typeof makeRound>[1],
  at: Pick<Parameters<NonNullable<Verb['prove']>>[0], 'target' | 'signal'> & {
    readonly client: Awaited<ReturnType<typeof actingFor>>['client'];
  },
) => {
  const { run, changes } = holding;
  const entry = clusters.entries.find(({ name }) => name === run.plan.cluster.name);
  if (entry === undefined || verb.prove === undefined)
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `The cluster ${run.plan.cluster.name} is no longer in the configuration.`,
      next: 'Have it put back; until then nobody knows whether the isolation holds.',
    });
  return await verb.prove({
    cluster: at.client,
    target: at.target,
    ...{ changes, entry, clock, signal: at.signal, last: last?.proven?.proof },
    arguments: run.plan.arguments,
    names: { run: run.id, case: run.case },
    proof: run.plan.proof,
  });
};
