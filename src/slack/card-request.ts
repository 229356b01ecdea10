import type { types } from '@slack/bolt';
import type { Run } from '../flow/ledger.ts';
import { shortDigest } from './amounts.ts';
import { limitLines } from './limit-lines.ts';
import {
  approver,
  bold,
  code,
  joined,
  type Line,
  linesBlock,
  plain,
  time,
  user,
  words,
} from './rich-text.ts';

/** At most this many approvers are mentioned; a policy that names more is met by the first of them. */
const MENTIONED_APPROVERS = 10;
const REASON_CHARACTERS = 600;

/** `2 approvals from @ir-approvers, expires 14:32 UTC`, with the mentions that notify them. */
export const policyLine = (run: Run): Line => {
  const { approvals, approvers, selfApproval } = run.plan.policy;
  const mentioned = approvers.slice(0, MENTIONED_APPROVERS).map(approver);
  const rest = approvers.length - mentioned.length;
  return [
    words(`${approvals} ${approvals === 1 ? 'approval' : 'approvals'} from `),
    ...joined(mentioned, ', '),
    words(rest > 0 ? `, or ${rest} more` : ''),
    words(selfApproval ? ' (the requester may approve)' : ''),
    words('. Expires '),
    time(run.expiresAt),
    words('.'),
  ].filter((part) => !('text' in part) || part.text !== '');
};

/** Who asks and why, as it was typed. */
export const requestBlock = (run: Run): types.RichTextBlock =>
  linesBlock([
    run.plan.onHost === undefined
      ? [user(run.requester.user), words(' asks, '), code(run.id)]
      : [
          words('Asked on the host in the name of '),
          user(run.requester.user),
          words(` by user ${run.plan.onHost.uid} of its operating system, `),
          bold('not checked by Slack'),
          words(', '),
          code(run.id),
        ],
    ...(run.reason === '' ? [] : [[bold('Why:'), words(' '), plain(run.reason, REASON_CHARACTERS)]]),
  ]);

/** Who decided so far. */
export const decisionLines = (run: Run): readonly Line[] =>
  limitLines(
    run.decisions.map((decision) => [
      words(decision.verdict === 'approve' ? 'Approved by ' : 'Denied by '),
      user(decision.person.user),
      words(', '),
      time(decision.at),
    ]),
    { lines: 8, characters: 1_000 },
    'decided',
  );

/** What the approval binds to. */
export const bindingBlock = (run: Run): types.RichTextBlock =>
  linesBlock([
    [
      words('Effect: '),
      code(run.plan.effect),
      words('. Plan '),
      code(shortDigest(run.planDigest)),
      words('.'),
    ],
  ]);
