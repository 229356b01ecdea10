import type { Run } from '../flow/ledger.ts';
import { mention, outside } from './card-text.ts';
import { fallbackText, type Message } from './message.ts';
import { linesBlock, plain, user, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

const WHAT = 'The worker that ran it died. Another one took over and captures again from the start.';
const KEPT = 'What the first one had read stays in the bundle below superseded-<n>/, marked INCOMPLETE.';

/** Tells the channel that a run changed hands, and what that means for its evidence. */
export const renderTakeover = (run: Run): Message => {
  const kept = run.plan.evidence === '' ? [] : [KEPT];
  return {
    text: fallbackText(
      `${mention(run.requester.user)} ${outside(runTitle(run), 200)} (${outside(run.id, 40)}): ${WHAT}`,
    ),
    blocks: [
      linesBlock([
        [user(run.requester.user), words(' '), plain(`${runTitle(run)} (${run.id})`, 300)],
        [words(WHAT)],
        ...kept.map((line) => [words(line)]),
      ]),
    ],
  };
};
