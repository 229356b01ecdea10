import type { Message } from '../../sandbox/slack/visible.ts';
import type { CheckedSlack } from './checked-world.ts';
import type { Database, RunRow } from './read-database.ts';
import { noticeOf, wordsOf } from './read-notice.ts';

/** With what a card of a run that ended begins. */
const VERDICTS: Readonly<Record<string, RegExp>> = {
  succeeded: /^(COMPLETE|Done|CONTAINED|PARTIAL|NOT ENFORCED|NOT PROVEN)(, but CHANGED)? /,
  incomplete: /^INCOMPLETE[ ,]/,
  failed: /^FAILED /,
  denied: /^Denied /,
  expired: /^Expired /,
  cancelled: /^Cancelled /,
};
const DECIDING = /"firebreak\.(approve|deny|cancel)"|"text":"(Approve|Deny|Cancel)"/;

/** Each run has one card and one end, the card shows the end, and nothing is owed to the channel. */
export const checkChannel = ({ runs, messages }: Database, slack: CheckedSlack): readonly string[] => [
  ...runs.flatMap((run) => runProblems(run, slack)),
  ...messages
    .filter(({ version, shown_version: shown }) => version > shown)
    .map(
      ({ run_id: run, notice, abandoned_reason: why }) =>
        `${run}: the channel is owed its ${notice}${why === null ? '' : ` for good: ${why}`}`,
    ),
];

const runProblems = (run: RunRow, slack: CheckedSlack): readonly string[] => {
  const shown = slack.messages(run.plan.channel).flatMap((message) => {
    const notice = noticeOf(message);
    return notice?.run === run.id
      ? [{ notice: [notice.notice, notice.proof ?? []].flat().join(' about proof '), message }]
      : [];
  });
  const of = (notice: string): readonly Message[] =>
    shown.filter((one) => one.notice === notice).map(({ message }) => message);
  const found: string[] = [];
  for (const notice of new Set(shown.map((one) => one.notice)))
    if (of(notice).length > 1) found.push(`has ${of(notice).length} messages for ${notice}`);
  const [card] = of('card');
  if (card === undefined) return [`${run.id} has no card`];
  const verdict = VERDICTS[run.state];
  if (verdict === undefined) {
    if (run.state !== 'planned') found.push(`is left ${run.state}`);
    return found.map((why) => `${run.id} ${why}`);
  }
  const header = wordsOf(card.blocks[0]);
  if (!verdict.test(card.text) || !verdict.test(header))
    found.push(`is ${run.state}, and its card says "${header}"`);
  if (DECIDING.test(JSON.stringify(card.blocks)))
    found.push(`is ${run.state}, and its card can still be pressed`);
  const last = run.state === 'denied' ? 'decision' : 'end';
  if (of(last).length === 0) found.push(`is ${run.state}, and the channel was not told by a new message`);
  if (run.fence > 1 && of('taken-over').length === 0)
    found.push('was taken over, and the channel was not told');
  return found.map((why) => `${run.id} ${why}`);
};
