import type { Actor } from '../core/audit-event.ts';
import type { FlowDeps } from './deps.ts';
import type { LedgerTransaction, Run } from './ledger.ts';
import type { MakePlan } from './plan-run.ts';
import type { CommandInput, Reply } from './use-cases.ts';

type RecordDeps = Pick<FlowDeps, 'ledger' | 'digest'>;

const actorOf = ({ person, onHost }: CommandInput): Actor =>
  onHost === undefined ? { kind: 'person', ...person } : { kind: 'host', uid: onHost.uid, speaksFor: person };

/**
 * Writes the run down with its event, owes the channel its card, and queues it where nobody has to approve. What was asked
 * for on the host gets no job then: that process runs it. Should it die, the run is found to have none.
 */
export const insertRun = async (
  deps: RecordDeps,
  input: CommandInput,
  makePlan: MakePlan,
  reason: string,
): Promise<Run | 'repeated'> =>
  deps.ledger.write(async (transaction) => {
    if ((await transaction.firstDelivery(input.delivery)) === 'duplicate') return 'repeated';
    return await insertInto(transaction, deps, { input, makePlan, reason, actor: actorOf(input) });
  });

export interface Recorded {
  readonly input: CommandInput;
  readonly makePlan: MakePlan;
  readonly reason: string;
  readonly actor: Actor;
}

/** The same within a transaction that does more. */
export const insertInto = async (
  transaction: LedgerTransaction,
  { digest }: Pick<RecordDeps, 'digest'>,
  { input, makePlan, reason, actor }: Recorded,
): Promise<Run> => {
  const { person, onHost } = input;
  const caseId = await transaction.openCase(input.channel, person, actor);
  const run = await transaction.insertRun(caseId, (runId) => {
    const plan = makePlan(runId, caseId);
    const planText = digest.canonical(plan);
    const planDigest = digest.sha256(planText);
    const state = plan.policy.approvals === 0 ? 'queued' : 'planned';
    return {
      run: {
        plan,
        planText,
        planDigest,
        requester: person,
        reason,
        command: input.text,
        expiresMs: plan.policy.expiresMs,
        state,
      },
      event: {
        type: 'run.requested',
        actor,
        case: caseId,
        run: runId,
        facts: {
          planDigest,
          policyDigest: plan.policy.digest,
          verb: plan.verb,
          cluster: plan.cluster.name,
          targets: plan.targets.map(({ uid }) => uid),
          approvals: plan.policy.approvals,
          ...(plan.approvedBy === undefined ? {} : { approvedBy: plan.approvedBy }),
          state,
        },
        texts: {
          reason,
          command: input.text,
          ...(onHost === undefined ? {} : { login: onHost.login, host: onHost.host }),
        },
      },
    };
  });
  await transaction.show(run.id, 'card');
  if (run.state === 'queued' && onHost === undefined) await transaction.enqueue(run.id);
  return run;
};

/** The same, for who asked in the chat: the channel's own message is the answer. */
export const recordRun = async (
  deps: RecordDeps,
  input: CommandInput,
  makePlan: MakePlan,
  reason: string,
): Promise<Reply> => {
  const recorded = await insertRun(deps, input, makePlan, reason);
  return recorded === 'repeated' && input.whenRepeated !== undefined
    ? { kind: 'say', text: input.whenRepeated }
    : { kind: 'none' };
};
