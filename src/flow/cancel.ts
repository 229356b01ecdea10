import type { AuditEvent } from '../core/audit-event.ts';
import { UNDO_VERB } from '../core/change.ts';
import { canBeUndone } from '../core/effect.ts';
import { samePerson } from '../core/person.ts';
import { hasEnded } from '../core/run-state.ts';
import { admit } from './admit.ts';
import { eligibleApprovers } from './approvers.ts';
import type { FlowDeps } from './deps.ts';
import type { ClickInput, Reply } from './use-cases.ts';

const say = (text: string): Reply => ({ kind: 'say', text });

/** The requester or an approver stops a run. What was collected until then stays, marked INCOMPLETE. */
export const cancel = async (deps: FlowDeps, input: ClickInput): Promise<Reply> => {
  const seen = await deps.ledger.run(input.run);
  if (seen === undefined || seen.plan.channel !== input.channel)
    return say(`There is no run ${input.run} in this channel.`);
  await admit(deps.directory, input.person, input.channel);
  const may =
    samePerson(input.person, seen.requester) ||
    (
      await eligibleApprovers(deps.directory, seen.plan.policy, seen.requester, {
        among: [input.person.user],
      })
    ).has(input.person.user);
  if (!may)
    return say(
      `Only who asked for ${seen.id} or one of its approvers can cancel it. Your click changed nothing.`,
    );
  return deps.ledger.write(async (transaction) => {
    const run = await transaction.lockRun(input.run);
    if (run === undefined || hasEnded(run.state))
      return say(`${input.run} has already ended. Your click changed nothing.`);
    const event = (type: AuditEvent['type']): AuditEvent => ({
      type,
      actor: { kind: 'person', ...input.person },
      case: run.case,
      run: run.id,
      facts: { from: run.state },
    });
    if (run.state === 'running') {
      await transaction.requestCancel(run.id, input.person, event('run.cancel-requested'));
      await transaction.show(run.id, 'card');
      return say(
        run.plan.writes.length === 0
          ? `${run.id} is being stopped. What was collected so far is kept and marked INCOMPLETE.`
          : `${run.id} is being stopped. What it has already changed stays, and its card will say what${run.plan.verb === UNDO_VERB || !canBeUndone(run.plan.effect) ? '.' : '; Undo puts it back.'}`,
      );
    }
    await transaction.transition(run.id, { from: run.state, to: 'cancelled' }, event('run.cancelled'));
    await transaction.show(run.id, 'card');
    await transaction.show(run.id, 'end');
    return say(`${run.id} is cancelled. Nothing was run.`);
  });
};
