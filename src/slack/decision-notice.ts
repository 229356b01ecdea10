import type { Run } from '../flow/ledger.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { joined, plain, user, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

/** Tells the requester what was decided, and by whom. */
export const renderDecision = (run: Run): Message => {
  const denied = run.decisions.find((decision) => decision.verdict === 'deny');
  const people = denied === undefined ? run.decisions : [denied];
  return linesMessage([
    [
      user(run.requester.user),
      words(denied === undefined ? ' Approved by ' : ' Denied by '),
      ...joined(
        people.map((each) => user(each.person.user)),
        ', ',
      ),
      words(': '),
      plain(`${runTitle(run)} (${run.id}).`, 300),
    ],
    [
      words(
        denied === undefined
          ? 'It runs now; the card shows its progress.'
          : 'Nothing was done. Talk to them before you ask again.',
      ),
    ],
  ]);
};
