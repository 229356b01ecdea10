import type { Run } from '../flow/ledger.ts';
import { mention, outside } from './card-text.ts';
import { fallbackText, type Message } from './message.ts';
import { joined, linesBlock, plain, user, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

/** Tells the requester what was decided, and by whom. */
export const renderDecision = (run: Run): Message => {
  const denied = run.decisions.find((decision) => decision.verdict === 'deny');
  const people = denied === undefined ? run.decisions : [denied];
  const verdict = denied === undefined ? 'Approved' : 'Denied';
  const next =
    denied === undefined
      ? 'It runs now; the card shows its progress.'
      : 'Nothing was done. Talk to them, then ask again with another command.';
  return {
    text: fallbackText(
      `${mention(run.requester.user)} ${verdict} by ${people.map((each) => mention(each.person.user)).join(', ')}: ` +
        `${outside(runTitle(run), 200)} (${outside(run.id, 40)}). ${next}`,
    ),
    blocks: [
      linesBlock([
        [
          user(run.requester.user),
          words(` ${verdict} by `),
          ...joined(
            people.map((each) => user(each.person.user)),
            ', ',
          ),
          words(': '),
          plain(`${runTitle(run)} (${run.id}).`, 300),
        ],
        [words(next)],
      ]),
    ],
  };
};
