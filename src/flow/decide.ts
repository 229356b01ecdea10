import { samePerson } from '../core/person.ts';
import { admit } from './admit.ts';
import { eligibleApprovers } from './approvers.ts';
import type { FlowDeps } from './deps.ts';
import type { LedgerTransaction, Run } from './ledger.ts';
import type { DecisionInput, Reply } from './use-cases.ts';

/** As much of the flow's dependencies as a decision needs. */
type DecideDeps = Pick<FlowDeps, 'ledger' | 'directory' | 'policyDigest'>;

const say = (text: string, people: readonly string[] = []): Reply => ({ kind: 'say', text, people });

/** What a click on a card that can no longer be decided is told. */
const alreadyDecided = (run: Run): string => {
  switch (run.state) {
    case 'planned':
      return `${run.id} still waits for a decision.`;
    case 'queued':
    case 'running':
      return `${run.id} is already approved and ${run.state === 'running' ? 'runs now' : 'about to run'}. Your click changed nothing.`;
    case 'denied':
      return `${run.id} was already denied. Your click changed nothing; the requester can ask again.`;
    case 'expired':
      return `${run.id} expired before it was decided. Your click changed nothing; press Ask again on its card.`;
    case 'cancelled':
      return `${run.id} was cancelled. Your click changed nothing.`;
    case 'succeeded':
    case 'incomplete':
    case 'failed':
      return `${run.id} was approved earlier and has ended. Your click changed nothing.`;
  }
};

/**
 * One person's verdict. People and groups are looked up before the transaction, the run's state, expiry and digest are
 * judged inside it, under the run's lock. A verdict that comes late or from the wrong person changes nothing and says so.
 */
export const decide = async (deps: DecideDeps, input: DecisionInput): Promise<Reply> => {
  const seen = await deps.ledger.run(input.run);
  if (seen === undefined || seen.plan.channel !== input.channel)
    return say('Firebreak does not know this card. Ask again with `/k8s`.');
  if (seen.state !== 'planned') return say(alreadyDecided(seen));
  await admit(deps.directory, input.person, input.channel);
  if (seen.plan.policy.digest !== deps.policyDigest)
    return say(
      `The configuration changed since ${seen.id} was planned, so it can’t be decided here. Ask again with \`/k8s\`.`,
    );
  const withdraws = input.verdict === 'deny' && samePerson(input.person, seen.requester);
  const asked = [input.person.user, ...approversOf(seen)];
  const eligible = withdraws
    ? new Set<string>()
    : await eligibleApprovers(deps.directory, seen.plan.policy, seen.requester, { among: asked });
  if (!withdraws && !eligible.has(input.person.user))
    return say(await refuse(deps, seen, input), seen.plan.policy.approvers);
  const reply = await deps.ledger.write(async (transaction) => {
    const run = await transaction.lockRun(input.run);
    if (run === undefined) return say('Firebreak does not know this card. Ask again with `/k8s`.');
    if (run.state !== 'planned') return say(alreadyDecided(run));
    if (run.expiresAt <= (await transaction.now())) {
      await expire(transaction, run);
      return say(`${run.id} has just expired. Your click changed nothing; press Ask again on its card.`);
    }
    if (run.planDigest !== input.planDigest)
      return say(
        `This card shows an older plan of ${run.id}. Your click changed nothing; use the newest card.`,
      );
    if (input.verdict === 'deny') return deny(transaction, run, input);
    return approversOf(run).every((user) => asked.includes(user))
      ? approve(transaction, run, input, eligible)
      : 'another approved meanwhile';
  });
  return reply === 'another approved meanwhile' ? decide(deps, input) : reply;
};

const approversOf = (run: Run): readonly string[] =>
  run.decisions.filter(({ verdict }) => verdict === 'approve').map(({ person }) => person.user);

const refuse = async (deps: DecideDeps, run: Run, input: DecisionInput): Promise<string> => {
  const self = samePerson(input.person, run.requester);
  await deps.ledger.write((transaction) =>
    transaction.append({
      type: 'decision.refused-by-policy',
      actor: { kind: 'person', ...input.person },
      case: run.case,
      run: run.id,
      facts: { verdict: input.verdict, why: self ? 'self approval' : 'not an approver' },
    }),
  );
  return self
    ? `You asked for ${run.id}, so you can’t approve it yourself. These can:`
    : `You are not among the approvers of ${run.id}, so your click changed nothing. These can decide:`;
};

/** An approval counts as long as its giver may approve: `eligible` was read for this click. */
const approve = async (
  transaction: LedgerTransaction,
  run: Run,
  input: DecisionInput,
  eligible: ReadonlySet<string>,
): Promise<Reply> => {
  const { approvals } = run.plan.policy;
  const actor = { kind: 'person', ...input.person } as const;
  const recorded = await transaction.addDecision(
    run.id,
    { person: input.person, verdict: 'approve' },
    {
      type: 'decision.given',
      actor,
      case: run.case,
      run: run.id,
      facts: { verdict: 'approve', planDigest: run.planDigest, policyDigest: run.plan.policy.digest },
    },
  );
  const given =
    run.decisions.filter(({ verdict, person }) => verdict === 'approve' && eligible.has(person.user)).length +
    (recorded === 'recorded' ? 1 : 0);
  // With enough approvals a repeated click is the one that starts it: an approver was away and is back.
  if (recorded === 'repeated' && given < approvals)
    return say(`You have already approved ${run.id}: ${given} of ${approvals}. Your click changed nothing.`);
  await transaction.show(run.id, 'card');
  if (given < approvals) return say(`Your approval of ${run.id} is recorded: ${given} of ${approvals}.`);
  await transaction.transition(
    run.id,
    { from: 'planned', to: 'queued' },
    {
      type: 'run.queued',
      actor: { kind: 'system', part: 'decide' },
      case: run.case,
      run: run.id,
      facts: { planDigest: run.planDigest, approvals: given },
    },
  );
  await transaction.enqueue(run.id);
  await transaction.show(run.id, 'decision');
  return say(`You approved ${run.id}. It starts now.`);
};

const deny = async (transaction: LedgerTransaction, run: Run, input: DecisionInput): Promise<Reply> => {
  const actor = { kind: 'person', ...input.person } as const;
  const event = {
    actor,
    case: run.case,
    run: run.id,
    facts: { verdict: 'deny', planDigest: run.planDigest },
  };
  await transaction.addDecision(
    run.id,
    { person: input.person, verdict: 'deny' },
    { type: 'decision.given', ...event },
  );
  await transaction.transition(run.id, { from: 'planned', to: 'denied' }, { type: 'run.denied', ...event });
  await transaction.show(run.id, 'card');
  await transaction.show(run.id, 'decision');
  return say(`You denied ${run.id}. Nothing was run.`);
};

/** Ends a run whose time to be decided is over. Also used by the clock that looks for such runs. */
export const expire = async (transaction: LedgerTransaction, run: Run): Promise<void> => {
  const done = await transaction.transition(
    run.id,
    { from: 'planned', to: 'expired' },
    {
      type: 'run.expired',
      actor: { kind: 'system', part: 'expiry' },
      case: run.case,
      run: run.id,
      facts: { planDigest: run.planDigest },
    },
  );
  if (done === 'lost') return;
  await transaction.show(run.id, 'card');
  await transaction.show(run.id, 'end');
};

/** Ends the run if its time to be decided is over by the database's clock: where no replica serves, nobody else does. */
export const expireIfDue = (
  { ledger }: Pick<FlowDeps, 'ledger'>,
  { id }: Pick<Run, 'id'>,
): Promise<'expired' | 'goes on'> =>
  ledger.write(async (transaction) => {
    const run = await transaction.lockRun(id);
    if (run?.state !== 'planned' || run.expiresAt > (await transaction.now())) return 'goes on';
    await expire(transaction, run);
    return 'expired';
  });
