import { cleanText } from '../core/clean-text.ts';
import type { Run } from '../flow/ledger.ts';
import { escapeMrkdwn } from './escape-mrkdwn.ts';
import { fallbackText } from './message.ts';
import { utcTime } from './rich-text.ts';
import { runTitle, runVerdict } from './run-title.ts';

/** Text from outside, in one line of the fallback. */
export const outside = (text: string, max: number): string => escapeMrkdwn(cleanText(text, max));

/** Mentions as the fallback text writes them: `<@U…>`, `<!subteam^S…>`. */
export const mention = (id: string): string => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`);

/** A time in the reader's zone; `14:32 UTC` where Slack can't say it. */
const dateToken = (at: Date): string => `<!date^${Math.floor(at.getTime() / 1000)}^{time}^${utcTime(at)}>`;

/** Up to three approvers, so that the text stays short enough for an edit. */
export const mentions = (ids: readonly string[]): string => ids.slice(0, 3).map(mention).join(' ');

const asks = ({ plan, requester }: Run): string =>
  plan.onHost === undefined
    ? `${mention(requester.user)} asks`
    : `Someone on the host asks in the name of ${mention(requester.user)}, not checked by Slack:`;

/** The card in one sentence or two: what a notification and a screen reader say. */
export const cardText = (run: Run): string => {
  const title = `${runVerdict(run)} ${outside(runTitle(run), 200)} (${outside(run.id, 40)})`;
  switch (run.state) {
    case 'planned':
      return fallbackText(
        `${title}. ${asks(run)} ${mentions(run.plan.policy.approvers)}: ` +
          `${outside(run.reason, 200)}. Expires ${dateToken(run.expiresAt)}.`,
      );
    case 'succeeded':
    case 'incomplete':
    case 'failed':
      return fallbackText(
        `${title}. ${run.undoneBy === undefined ? '' : `Undone by ${outside(run.undoneBy, 40)}. `}` +
          outside(run.result?.failure ?? run.result?.summary ?? '', 300),
      );
    case 'queued':
    case 'running':
    case 'denied':
    case 'expired':
    case 'cancelled':
      return fallbackText(`${title}. Asked by ${mention(run.requester.user)}.`);
  }
};
