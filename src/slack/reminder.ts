import type { Run } from '../flow/ledger.ts';
import { policyLine } from './card-request.ts';
import { mention, mentions, outside } from './card-text.ts';
import { fallbackText, type Message } from './message.ts';
import { code, linesBlock, plain, user, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

/** Mentions the approvers again, in the card's thread: a press on the notification opens the card with its buttons. */
export const renderReminder = (run: Run, which: 'reminder-1' | 'reminder-2'): Message => {
  const lead = which === 'reminder-1' ? 'Still waiting: ' : 'Last reminder: ';
  return {
    text: fallbackText(
      `${lead}${mentions(run.plan.policy.approvers)} ${outside(runTitle(run), 200)}, asked by ${mention(run.requester.user)}.`,
    ),
    blocks: [
      linesBlock([
        [words(lead), plain(runTitle(run), 200), words(', asked by '), user(run.requester.user), words('.')],
        policyLine(run),
        [words('Approve or Deny is on the card of '), code(run.id), words(', at the top of this thread.')],
      ]),
    ],
  };
};
