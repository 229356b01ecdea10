import { FirebreakError } from '../core/firebreak-error.ts';
import type { VerbCommand } from '../core/parse-command.ts';
import type { Plan } from '../core/plan.ts';
import { planSchema } from '../core/plan.ts';
import { containersOf } from '../core/pod.ts';
import type { Requirement } from '../core/policy.ts';
import { requirementFor } from '../core/policy.ts';
import type { Target } from '../core/target.ts';
import { eligibleApprovers, requireQuorum } from './approvers.ts';
import { checkPermissions } from './check-permissions.ts';
import { chooseContainer } from './choose-container.ts';
import type { FlowDeps } from './deps.ts';
import { PLANNING_DEADLINE_MS } from './deps.ts';
import { findOwners } from './find-owners.ts';
import { findPod } from './find-pod.ts';
import type { CommandInput, Reply } from './use-cases.ts';

const granted = (requirement: Requirement): Extract<Requirement, { kind: 'required' }> => {
  if (requirement.kind === 'required') return requirement;
  throw new FirebreakError({ code: 'policy-refused', message: requirement.reason, next: requirement.next });
};

/**
 * From a parsed command to a run that waits for its approval, or is queued where the channel asks for none. Only reads
 * reach the cluster, by the `read` identity. Throws `FirebreakError`; nothing was recorded then.
 */
export const request = async (deps: FlowDeps, input: CommandInput, command: VerbCommand): Promise<Reply> => {
  const planning = AbortSignal.timeout(PLANNING_DEADLINE_MS);
  try {
    return await plan(deps, input, command, planning);
  } catch (thrown) {
    throw planning.aborted && thrown === planning.reason ? tooSlow(command.cluster) : thrown;
  }
};

const tooSlow = (cluster: string): FirebreakError =>
  new FirebreakError({
    code: 'cluster-timeout',
    message: `Cluster ${cluster} did not answer in time, so nothing was planned.`,
    next: 'Ask again; if it stays so, look at the load of its API server and at the network between.',
    retry: 'retry can help',
  });

const plan = async (
  deps: FlowDeps,
  input: CommandInput,
  command: VerbCommand,
  signal: AbortSignal,
): Promise<Reply> => {
  const { verb } = command;
  const entry = deps.clusters.entries.find(({ name }) => name === command.cluster);
  if (entry === undefined)
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `There is no cluster ${command.cluster} in the configuration.`,
      next: 'See `/k8s clusters`.',
    });
  const policy = deps.channels.find(({ channel }) => channel === input.channel);
  const question = { verb: verb.name, cluster: entry.name, guard: entry.guard };
  granted(requirementFor(policy, question));
  if (verb.leavesEvidence === 'bundle') {
    if (deps.storage === 'refused')
      throw new FirebreakError({
        code: 'policy-refused',
        message: 'This version stores evidence unencrypted, and the configuration does not allow that.',
        next: 'Whoever runs Firebreak sets `evidence: { plaintext: true }` where that is acceptable.',
      });
    await deps.store.check(signal);
  }

  const reader = await deps.clusters.reader(entry.name, signal);
  const found = await findPod(reader, entry, command.target.name, command.namespace, signal);
  if (found.kind === 'several')
    return {
      kind: 'choose',
      text: `There is a pod ${command.target.name} in several namespaces of ${entry.name}. Which one?`,
      options: found.namespaces.map((namespace) => ({
        label: namespace,
        command: `${input.text.trim()} -n ${namespace}`,
      })),
    };
  const { pod, raw } = found;
  const { namespace, labels, annotations } = pod.metadata;
  const { rule, approvals } = granted(requirementFor(policy, { ...question, namespace, labels }));
  if (pod.metadata.name === deps.ownPod && verb.effect !== 'read')
    throw new FirebreakError({
      code: 'policy-refused',
      message: 'That is the pod Firebreak itself runs in, which is never a target.',
      next: 'Use another installation of Firebreak for it.',
    });

  const containers = containersOf(pod);
  const chosen =
    verb.container === 'one' ? chooseContainer(containers, annotations, command.container) : undefined;
  if (chosen?.kind === 'several')
    return {
      kind: 'choose',
      text: `pod/${pod.metadata.name} has several containers. Which one?`,
      options: chosen.names.map((name) => ({ label: name, command: `${input.text.trim()} -c ${name}` })),
    };
  if (chosen?.kind === 'no such container')
    throw new FirebreakError({
      code: 'not-found',
      message: `pod/${pod.metadata.name} has no container ${command.container ?? ''}.`,
      next: `It has: ${chosen.names.join(', ')}.`,
    });

  const target: Target = {
    kind: 'pod',
    namespace,
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    phase: pod.status.phase,
    node: pod.spec.nodeName,
    serviceAccount: pod.spec.serviceAccountName,
    owners: await findOwners(reader, pod, signal),
    containers,
  };
  // Before the approval only the reading identity is used, and nobody may ask in the name of another.
  if (entry.identities === 'one for all')
    await checkPermissions(reader, verb.permissions, entry.name, namespace, signal);
  const args = { ...command.arguments, ...(chosen?.kind === 'chosen' ? { container: chosen.name } : {}) };
  const intention = await verb.plan({ cluster: reader, target, pod: raw, arguments: args, signal });
  if (approvals > 0) {
    const eligible = await eligibleApprovers(deps.directory, rule, input.person, { enough: approvals });
    requireQuorum(eligible, approvals);
  }

  const planned: Plan = planSchema.parse({
    format: 'firebreak.plan/1',
    verb: verb.name,
    effect: verb.effect,
    arguments: args,
    cluster: { name: entry.name, provider: entry.provider, server: reader.server },
    targets: [target],
    methods: intention.methods,
    writes: [],
    leaves: intention.leaves,
    risks: intention.risks,
    notes: [
      ...command.notes,
      ...(found.lookedUp === 'looked up' ? [`Found in the namespace ${namespace}; none was given.`] : []),
      ...(entry.identities === 'read and act' && verb.effect !== 'read'
        ? ['It runs as another identity than it was planned with; what that one may do shows when it runs.']
        : []),
      ...intention.notes,
    ],
    evidence: verb.leavesEvidence === 'bundle' ? deps.store.location : '',
    requester: input.person,
    channel: input.channel,
    policy: {
      digest: deps.policyDigest,
      approvals,
      approvers: rule.approvers,
      selfApproval: rule.selfApproval,
      expiresMs: rule.expiresMs,
    },
  } satisfies Plan);
  const recorded = await record(deps, input, planned, command.reason);
  return recorded === 'repeated' && input.whenRepeated !== undefined
    ? { kind: 'say', text: input.whenRepeated }
    : { kind: 'none' };
};

const record = async (
  deps: FlowDeps,
  input: CommandInput,
  plan: Plan,
  reason: string,
): Promise<'recorded' | 'repeated'> => {
  const planText = deps.digest.canonical(plan);
  const planDigest = deps.digest.sha256(planText);
  const state = plan.policy.approvals === 0 ? 'queued' : 'planned';
  return deps.ledger.write(async (transaction) => {
    if ((await transaction.firstDelivery(input.delivery)) === 'duplicate') return 'repeated';
    const caseId = await transaction.openCase(input.channel, input.person);
    const run = await transaction.insertRun(
      caseId,
      {
        plan,
        planText,
        planDigest,
        requester: input.person,
        reason,
        command: input.text,
        expiresMs: plan.policy.expiresMs,
        state,
      },
      (runId) => ({
        type: 'run.requested',
        actor: { kind: 'person', ...input.person },
        case: caseId,
        run: runId,
        facts: {
          planDigest,
          policyDigest: plan.policy.digest,
          verb: plan.verb,
          cluster: plan.cluster.name,
          targets: plan.targets.map(({ uid }) => uid),
          approvals: plan.policy.approvals,
          state,
        },
        texts: { reason, command: input.text },
      }),
    );
    await transaction.show(run.id, 'card');
    if (state === 'queued') await transaction.enqueue(run.id);
    return 'recorded';
  });
};
