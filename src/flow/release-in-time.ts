import { askedVerbs } from '../core/asked-verbs.ts';
import { toFirebreakError } from '../core/firebreak-error.ts';
import type { FlowDeps } from './deps.ts';
import { PLANNING_DEADLINE_MS } from './deps.ts';
import { readTarget } from './find-drift.ts';
import { aboutObject, granted } from './granted.ts';
import type { Run } from './ledger.ts';
import { type Asked, type MakePlan, planRun } from './plan-run.ts';
import { readMetadata } from './read-object.ts';
import type { CommandInput } from './use-cases.ts';

const RELEASE = 'release';

/** A release that the plan of an isolation had said, ready to be written down. */
export interface PlannedRelease {
  readonly input: CommandInput;
  readonly makePlan: MakePlan;
}

/**
 * Plans what the approved plan of an isolation said for the end of its time: that its network is opened. Its approval is the
 * one that counts, so the configuration has to be the one under which it was given. Nothing is returned to a controller.
 * Undefined where it can't be planned, which is logged; then people are asked.
 */
export const planReleaseInTime = async (deps: FlowDeps, run: Run): Promise<PlannedRelease | undefined> => {
  try {
    return await planned(deps, run);
  } catch (thrown) {
    const { id, code, message } = toFirebreakError(thrown);
    deps.log.warn({ run: run.id, id, code, err: thrown }, message);
    return undefined;
  }
};

const planned = async (deps: FlowDeps, run: Run): Promise<PlannedRelease | undefined> => {
  const { plan } = run;
  const [target] = plan.targets;
  const verb = deps.verbs.find(({ name }) => name === RELEASE);
  const entry = deps.clusters.entries.find(({ name }) => name === plan.cluster.name);
  if (target === undefined || verb === undefined || entry === undefined) return undefined;
  if (plan.policy.digest !== deps.policyDigest) return undefined;
  const input: CommandInput = {
    text: `release ${entry.name} ${target.kind}/${target.name} -n ${target.namespace}`,
    channel: plan.channel,
    person: run.requester,
    delivery: `released in time/${run.id}`,
  };
  const signal = AbortSignal.timeout(PLANNING_DEADLINE_MS);
  const reader = await deps.clusters.reader(entry.name, signal);
  const raw = await readTarget(reader, target, signal);
  const { labels } = readMetadata(raw, target.kind);
  const question = { cluster: entry.name, guard: entry.guard };
  const grantedFor: Asked['grantedFor'] = (beside) =>
    granted(deps, plan.channel, askedVerbs(verb, entry, {}), { ...question, ...aboutObject(beside) });
  const makePlan = await planRun(deps, {
    ...{ input, verb, entry, reader, kind: target.kind, raw, signal, grantedFor },
    requirement: grantedFor({ namespace: target.namespace, labels }),
    arguments: {},
    undoes: [],
    undoesElsewhere: [],
    approvedBy: run.id,
    notes: [`The approved plan of ${run.id} said that its network is opened when its time is up.`],
  });
  return { input, makePlan };
};
