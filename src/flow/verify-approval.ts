import { FirebreakError } from '../core/firebreak-error.ts';
import type { Verb } from '../core/verb.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';

const refused = ({ fence }: Pick<Run, 'fence'>, message: string): FirebreakError =>
  new FirebreakError({
    code: 'policy-refused',
    message,
    // What an earlier worker did is told by the run's end.
    next: fence > 1 ? 'Ask again with `/k8s`.' : 'Ask again with `/k8s`; nothing was done.',
  });

/** As much of the flow's dependencies as the gate looks at. */
export type ApprovalDeps = Pick<FlowDeps, 'verbs' | 'digest' | 'policyDigest'> & {
  readonly store: Pick<FlowDeps['store'], 'location'>;
};

/**
 * The last gate before the cluster, without trust in whoever queued the run: the stored plan still has the digest that
 * was approved, the approvals are there, the policy is the one it was planned under, and evidence goes where that plan
 * says. Throws `policy-refused`.
 */
export const verifyApproval = ({ verbs, digest, policyDigest, store }: ApprovalDeps, run: Run): Verb => {
  const verb = verbs.find(({ name }) => name === run.plan.verb);
  if (verb === undefined) throw refused(run, `This version has no verb ${run.plan.verb}.`);
  const { policy } = run.plan;
  if (digest.sha256(run.planText) !== run.planDigest || digest.canonical(run.plan) !== run.planText)
    throw refused(run, `The stored plan of ${run.id} is not the one that was approved.`);
  if (policy.digest !== policyDigest)
    throw refused(run, `The configuration changed since ${run.id} was approved.`);
  const destination = verb.leavesEvidence === 'bundle' ? store.location : '';
  if (run.plan.evidence !== destination)
    throw refused(
      run,
      `${run.id} was approved with its evidence at ${run.plan.evidence || 'no place'}, and this Firebreak keeps it at ${destination || 'no place'}.`,
    );
  const approvers = new Set(
    run.decisions.filter(({ verdict }) => verdict === 'approve').map(({ person }) => person.user),
  );
  if (!policy.selfApproval) approvers.delete(run.requester.user);
  if (approvers.size < policy.approvals)
    throw refused(run, `${run.id} has ${approvers.size} of the ${policy.approvals} approvals it needs.`);
  return verb;
};
