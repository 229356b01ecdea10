import type { ChannelPolicy, Rule } from '../../core/policy.ts';
import { eligibleApprovers } from '../approvers.ts';
import type { ChatAccess, Directory } from '../directory.ts';
import { type CheckRow, failed, ok, warning } from './check-row.ts';
import { failedInTime, partDeadline, someAtOnce } from './in-time.ts';

export interface ChatCheck {
  readonly access: ChatAccess;
  readonly directory: Directory;
  readonly channels: readonly ChannelPolicy[];
}

const SCOPES = 'scopes';
/** Slack answers some of these calls twenty times a minute. */
const CALLS_AT_ONCE = 2;

const scopes = async (access: ChatAccess): Promise<readonly CheckRow[]> => {
  const { workspace, missing, further } = await access.scopes();
  const token = ok('bot token', `accepted${workspace === '' ? '' : ` by ${workspace}`}`);
  if (missing.length > 0)
    return [
      token,
      failed(
        SCOPES,
        `the bot token lacks ${missing.join(', ')}`,
        'Add them under OAuth & Permissions, as manifest.yml has them, and install the app again.',
      ),
    ];
  return [
    token,
    further.length === 0
      ? ok(SCOPES, 'those of manifest.yml')
      : warning(
          SCOPES,
          `those of manifest.yml, and ${further.join(', ')}`,
          'Take the others away and install the app again: Firebreak uses none of them.',
        ),
  ];
};

const channelRow = async ({ directory }: ChatCheck, { channel }: ChannelPolicy): Promise<CheckRow> => {
  const what = `channel ${channel}`;
  switch (await directory.channel(channel)) {
    case 'own':
      return ok(what, 'seen');
    case 'shared':
      return failed(
        what,
        'shared with another workspace, so every command in it is refused',
        'Use a channel that only your workspace can read.',
      );
    case 'unknown':
      return failed(what, 'Firebreak can’t see it', 'Invite the app there: /invite @firebreak.');
  }
};

/** Whether as many people as a rule asks for may approve now, whoever asks. */
const ruleRow = async ({ directory }: ChatCheck, channel: string, rule: Rule): Promise<CheckRow> => {
  const what = `approvers in ${channel}`;
  const enough = rule.approvals + (rule.selfApproval ? 0 : 1);
  const nobody = { team: await directory.team(), user: '' };
  const { size } = await eligibleApprovers(directory, rule, nobody, { enough });
  const about = `${rule.verbs.join(', ')}: `;
  if (size < rule.approvals)
    return failed(
      what,
      `${about}${rule.approvals} have to approve and ${size} may`,
      'Add approvers to the rule, or members to its user groups.',
    );
  return size < enough
    ? warning(
        what,
        `${about}just ${size} may approve, and nobody approves their own`,
        'Add an approver, so that each of them can ask too.',
      )
    : ok(what, `${about}enough`);
};

/** The chat's token, its scopes, the channels and who may approve in them. Never rejects: each failure is a row. */
export const checkChat = async (check: ChatCheck, signal: AbortSignal): Promise<readonly CheckRow[]> => {
  const until = partDeadline(signal);
  const row = async (what: string, work: () => Promise<CheckRow>): Promise<CheckRow> => {
    try {
      return await work();
    } catch (thrown) {
      return failedInTime(what, thrown, until);
    }
  };
  let token: readonly CheckRow[];
  try {
    token = await scopes(check.access);
  } catch (thrown) {
    return [failedInTime('bot token', thrown, until)];
  }
  const questions = check.channels.flatMap((policy) => [
    () => row(`channel ${policy.channel}`, () => channelRow(check, policy)),
    ...policy.rules
      .filter(({ approvals }) => approvals > 0)
      .map((rule) => () => row(`approvers in ${policy.channel}`, () => ruleRow(check, policy.channel, rule))),
  ]);
  return [...token, ...(await someAtOnce(questions, (ask) => ask(), CALLS_AT_ONCE))];
};
