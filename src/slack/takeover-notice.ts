import type { Run } from '../flow/ledger.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { plain, user, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

/** Tells the channel that a run changed hands, and what that means for its evidence. */
export const renderTakeover = (run: Run): Message =>
  linesMessage([
    [user(run.requester.user), words(' Taken over: '), plain(`${runTitle(run)} (${run.id}).`, 300)],
    [
      words(
        run.plan.writes.length === 0
          ? 'The worker that ran it died. Another one starts again from the beginning.'
          : 'The worker that ran it died. Another one looks up what was changed already, and changes only the rest.',
      ),
    ],
    ...(run.plan.evidence === ''
      ? []
      : [
          [
            words(
              'This is a second capture. What the first one had read stays in the bundle, marked INCOMPLETE.',
            ),
          ],
        ]),
  ]);
