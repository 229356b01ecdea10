import type { Change, ObjectRef, Write } from '../core/change.ts';
import { lacking } from '../core/cloud-part.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { isClusterScoped } from '../core/cluster-scoped.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { type HeldField, heldFields, stillHeld } from '../core/held-fields.ts';
import type { Kind } from '../core/kind.ts';
import { isMark } from '../core/marks.ts';
import type { Plan } from '../core/plan.ts';
import { planSchema } from '../core/plan.ts';
import { planWrites } from '../core/plan-writes.ts';
import { stricter } from '../core/policy.ts';
import { type Target, targetName } from '../core/target.ts';
import type {
  Arguments,
  Collected,
  PlanContext,
  RunNames,
  UndoneObject,
  Verb,
  WantedWrite,
} from '../core/verb.ts';
import { askedBefore } from '../core/verb-permissions.ts';
import { eligibleApprovers, requireQuorum } from './approvers.ts';
import { checkPermissions } from './check-permissions.ts';
import type { PlanningConnection } from './clusters.ts';
import type { FlowDeps } from './deps.ts';
import { describeTarget } from './describe-target.ts';
import type { DecidedBy, Granted } from './granted.ts';
import { grantedBeside } from './granted-beside.ts';
import type { Run } from './ledger.ts';
import type { CommandInput } from './use-cases.ts';

/** What is asked of which object, found and allowed by the channel's rules. */
export interface Asked {
  readonly input: CommandInput;
  readonly verb: Verb;
  readonly entry: ClusterEntry;
  readonly reader: PlanningConnection;
  readonly kind: Kind;
  /** The object as the API server sent it. */
  readonly raw: unknown;
  readonly requirement: Granted;
  /** The same for an object beside the target. Throws `policy-refused`. */
  readonly grantedFor: (beside: DecidedBy) => Granted;
  readonly arguments: Arguments;
  /** What an earlier run did to the object and to others, where this is about that run. */
  readonly undoes: readonly Change[];
  readonly undoesElsewhere: readonly UndoneObject[];
  /** The target of a run that is undone, where it is gone; then there is no `raw`. */
  readonly gone?: Target;
  readonly notes: readonly string[];
  /** The run whose approved plan said this one: nobody is asked again. */
  readonly approvedBy?: string;
  readonly signal: AbortSignal;
}

/** Makes the plan once it is known which run of which case it is: what is written carries both. */
export type MakePlan = (runId: string, caseId: string) => Plan;

/**
 * What will happen, computed by reads alone. Throws `not-allowed` where a permission is missing, `policy-refused` where
 * nobody could approve, and what the verb's own planning throws.
 */
export const planRun = async (deps: FlowDeps, asked: Asked): Promise<MakePlan> => {
  const { verb, entry, reader, kind, raw, input, signal } = asked;
  const target = asked.gone ?? (await describeTarget(reader, kind, raw, signal));
  // Before the approval only the reading identity is used; what another one may do can't be asked.
  if (entry.identities === 'one for all')
    await checkPermissions(
      await reader.acting(signal),
      askedBefore(verb, { kind, entry, given: asked.arguments }),
      entry,
      target.namespace,
      signal,
    );
  const history = await deps.ledger.history([entry.name], target.uid);
  const held = stillHeld(heldFields(history), raw).filter((field) => !isMark(field));
  const intention = await verb.plan({
    ...{ cluster: reader, entry, target, object: raw, arguments: asked.arguments, held },
    heldElsewhere: await heldElsewhere(deps, history, target),
    undoes: asked.undoes,
    undoesElsewhere: asked.undoesElsewhere,
    mayRun: mayRun(asked, target),
    collected: () => collected(deps, target),
    proofOf: (run) => proofOf(deps, run),
    lastProof: async (run) => (await deps.ledger.lastProofs([run])).get(run)?.proven?.proof,
    clock: deps.clock,
    signal,
  });
  const { fields = [] } = intention;
  const wantedOf = (names: RunNames): readonly WantedWrite[] =>
    intention.writes?.(names) ?? (fields.length === 0 ? [] : [{ action: 'set', step: '', fields }]);
  const wanted = wantedOf({ run: '', case: '' });
  const begun = await beganWhatEnds(deps, asked, held);
  const beside = await grantedBeside(asked, {
    ...{ target, wanted, alsoTargets: intention.alsoTargets ?? [] },
  });
  // What protected it then may be gone, by these runs themselves.
  const requirement = begun.some(({ plan }) => plan.protection === 'protected')
    ? stricter(beside, asked.grantedFor({ namespace: target.namespace, labels: {}, target: 'protected' }))
    : beside;
  const { rule } = requirement;
  const object = { kind, namespace: target.namespace, name: target.name, uid: target.uid };
  const histories = await historiesOf(deps, entry, wanted, object);
  const writesOf = (run: string, caseId: string): readonly Write[] => {
    const names = { run, case: caseId };
    const writes = planWrites({
      ...{ ...names, wanted: wantedOf(names), target: { object, raw, history }, histories },
      ...{ verb: verb.name, cluster: entry.name },
    });
    if (wanted.length === 0 || writes.length > 0) return writes;
    throw new FirebreakError({
      code: 'conflict',
      message: `${targetName(target)} is already as ${verb.name} would leave it, so there is nothing to do.`,
      next: 'See `/k8s in-force` for what Firebreak holds.',
    });
  };
  // Said before anyone is asked: whose run it will be changes nothing of this.
  writesOf('', '');
  // To end something takes as many as it took to begin it.
  const least = Math.max(requirement.approvals, ...begun.map(({ plan }) => plan.policy.approvals));
  const approvals =
    asked.approvedBy === undefined ? least + (intention.oneMoreApproval === undefined ? 0 : 1) : 0;
  if (approvals > 0) {
    const eligible = await eligibleApprovers(deps.directory, rule, input.person, { enough: approvals });
    requireQuorum(eligible, approvals);
  }
  return (runId, caseId) =>
    planSchema.parse({
      format: 'firebreak.plan/1',
      verb: verb.name,
      effect: verb.effect,
      arguments: asked.arguments,
      cluster: { name: entry.name, provider: entry.provider, server: reader.server },
      targets: [target, ...(intention.alsoTargets ?? [])],
      methods: intention.methods,
      writes: writesOf(runId, caseId),
      leaves: intention.leaves,
      risks: [
        ...(intention.oneMoreApproval === undefined ? [] : [intention.oneMoreApproval]),
        ...intention.risks,
        ...lacking(verb.cloudParts ?? [], entry),
      ],
      notes: [
        ...asked.notes,
        ...(entry.identities === 'read and act' && verb.effect !== 'read'
          ? ['It runs as another identity than it was planned with; what that one may do shows when it runs.']
          : []),
        ...intention.notes,
      ],
      ...(intention.proof === undefined ? {} : { proof: intention.proof }),
      evidence: verb.leavesEvidence === 'bundle' ? deps.store.location : '',
      requester: input.person,
      ...(input.onHost === undefined ? {} : { onHost: { uid: input.onHost.uid } }),
      ...(asked.approvedBy === undefined ? {} : { approvedBy: asked.approvedBy }),
      channel: input.channel,
      protection: requirement.target,
      policy: {
        digest: deps.policyDigest,
        approvals,
        approvers: rule.approvers,
        selfApproval: rule.selfApproval,
        expiresMs: rule.expiresMs,
      },
    } satisfies Plan);
};

/** Before the approval only the reading identity is asked; where that one acts too, what its runs may do is known. */
const mayRun = ({ entry, reader, signal }: Asked, { namespace }: Target): PlanContext['mayRun'] => {
  if (entry.identities !== 'one for all') return async () => 'not known';
  return async (permission) => {
    const acting = await reader.acting(signal);
    const where = isClusterScoped(permission) || namespace === '' ? {} : { namespace };
    return (await acting.allowed(permission, where, signal)) ? 'yes' : 'no';
  };
};

const proofOf = async ({ ledger }: FlowDeps, run: string): ReturnType<PlanContext['proofOf']> => {
  const proven = (await ledger.run(run))?.proven;
  if (proven === undefined) return 'none';
  return proven.state === 'good' && proven.verdict === 'CONTAINED' ? 'contained' : 'fell short';
};

/** The runs that began what this verb ends, also where a verb that stands for several had begun it. */
const beganWhatEnds = async (
  { ledger, verbs }: FlowDeps,
  { verb: { counterpart }, entry }: Asked,
  held: readonly HeldField[],
): Promise<readonly Run[]> => {
  if (counterpart === undefined) return [];
  const runs = await Promise.all([...new Set(held.map(({ run }) => run))].map((run) => ledger.run(run)));
  return runs.filter((run): run is Run => {
    if (run === undefined || run.plan.verb === counterpart) return run !== undefined;
    const verb = verbs.find(({ name }) => name === run.plan.verb);
    return verb?.standsFor?.(entry, run.plan.arguments).includes(counterpart) === true;
  });
};

/** The one verb that collects all of it. */
const COLLECTS_ALL = 'acquire';

/** A capture is of one container: each of a pod's has to be there, whole or as far as it can be read. */
const collected = async ({ ledger }: FlowDeps, target: Target): Promise<Collected> => {
  const acquired = (await ledger.sealedRunsAbout(target.uid)).filter(
    ({ plan }) => plan.verb === COLLECTS_ALL,
  );
  const containers = target.kind === 'pod' ? target.containers.map(({ name }) => name) : [];
  const states = containers.map((container): Collected => {
    const its = acquired.filter(({ plan }) => plan.arguments['container'] === container);
    if (its.some(({ result }) => result?.evidence?.completeness === 'complete')) return 'complete';
    return (its.at(-1)?.result?.outOfReach ?? []).length > 0 ? 'all that can be' : 'nothing complete';
  });
  if (states.length === 0 || states.includes('nothing complete')) return 'nothing complete';
  return states.includes('all that can be') ? 'all that can be' : 'complete';
};

/** What the runs that changed the target hold on other objects. */
const heldElsewhere = async (
  { ledger }: FlowDeps,
  history: readonly Change[],
  { uid }: Target,
): Promise<readonly HeldField[]> => {
  const runs = [...new Set(history.map(({ run }) => run))];
  const theirs = (await Promise.all(runs.map((run) => ledger.changesOf(run)))).flat();
  const objects = new Map(
    theirs
      .filter(({ object, state }) => object.uid !== uid && state !== 'not applied')
      .map(({ cluster, object }) => [object.uid, cluster] as const),
  );
  const histories = await Promise.all(
    [...objects].map(([other, cluster]) => ledger.history([cluster], other)),
  );
  return histories.flatMap((changes) => heldFields(changes)).filter((field) => !isMark(field));
};

/** What Firebreak did to each other object whose fields are to be set. */
const historiesOf = async (
  { ledger }: FlowDeps,
  { name }: ClusterEntry,
  wanted: readonly WantedWrite[],
  target: ObjectRef,
): Promise<ReadonlyMap<string, readonly Change[]>> => {
  const others = new Set(
    wanted.flatMap((write) =>
      write.action === 'set' && write.object !== undefined && write.object.uid !== target.uid
        ? [write.object.uid]
        : [],
    ),
  );
  return new Map(
    await Promise.all([...others].map(async (uid) => [uid, await ledger.history([name], uid)] as const)),
  );
};
