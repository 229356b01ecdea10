import type { FlowDeps } from './deps.ts';
import type { MakePlan } from './plan-run.ts';
import type { CommandInput, Reply } from './use-cases.ts';

/** Writes the run down with its event, owes the channel its card, and queues it where nobody has to approve. */
export const recordRun = async (
  deps: Pick<FlowDeps, 'ledger' | 'digest'>,
  input: CommandInput,
  makePlan: MakePlan,
  reason: string,
): Promise<Reply> => {
  const recorded = await deps.ledger.write(async (transaction) => {
    if ((await transaction.firstDelivery(input.delivery)) === 'duplicate') return 'repeated';
    const caseId = await transaction.openCase(input.channel, input.person);
    const run = await transaction.insertRun(caseId, (runId) => {
      const plan = makePlan(runId, caseId);
      const planText = deps.digest.canonical(plan);
      const planDigest = deps.digest.sha256(planText);
      const state = plan.policy.approvals === 0 ? 'queued' : 'planned';
      return {
        run: {
          plan,
          planText,
          planDigest,
          requester: input.person,
          reason,
          command: input.text,
          expiresMs: plan.policy.expiresMs,
          state,
        },
        event: {
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
        },
      };
    });
    await transaction.show(run.id, 'card');
    if (run.state === 'queued') await transaction.enqueue(run.id);
    return 'recorded';
  });
  return recorded === 'repeated' && input.whenRepeated !== undefined
    ? { kind: 'say', text: input.whenRepeated }
    : { kind: 'none' };
};
