import type { Run } from '../flow/ledger.ts';
import { policyLine } from './card-request.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { code, plain, user, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

/** Mentions the approvers again, in the card's thread: a press on the notification opens the card with its buttons. */
export const renderReminder = (run: Run, which: 'reminder-1' | 'reminder-2'): Message =>
  linesMessage([
    [
      words(which === 'reminder-1' ? 'Still waiting: ' : 'Last reminder: '),
      plain(runTitle(run), 200),
      words(', asked by '),
      user(run.requester.user),
      words('.'),
    ],
    policyLine(run),
    [words('Approve or Deny is on the card of '), code(run.id), words(', at the top of this thread.')],
  ]);
