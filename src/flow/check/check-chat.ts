import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { ChannelPolicy, Rule } from '../../core/policy.ts';
import { eligibleApprovers } from '../approvers.ts';
import type { ChatAccess, Directory } from '../directory.ts';
import { type CheckRow, failed, notChecked, ok, warning } from './check-row.ts';
import { failedInTime, partDeadline, someAtOnce } from './in-time.ts';

export interface ChatCheck {
  readonly access: ChatAccess;
  readonly directory: Directory;
  readonly channels: readonly ChannelPolicy[];
  /** Their floors count in every channel that may use them. */
  readonly clusters: readonly Pick<ClusterEntry, 'name' | 'guard'>[];
}

const SCOPES = 'scopes';
const approversOf = ({ channel }: ChannelPolicy): string => `approvers in ${channel}`;
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

/** What the rule asks for, or the highest floor of the channel's clusters. */
const approvalsOf = ({ clusters }: ChatCheck, { clusters: names }: ChannelPolicy, rule: Rule): number =>
  Math.max(
    rule.approvals,
    ...clusters.filter(({ name }) => names.includes(name)).map(({ guard }) => guard.floorApprovals),
  );

/** Whether as many people as a rule asks for may approve now, whoever asks. */
const ruleRow = async (check: ChatCheck, policy: ChannelPolicy, rule: Rule): Promise<CheckRow> => {
  const what = approversOf(policy);
  const approvals = approvalsOf(check, policy, rule);
  const enough = approvals + (rule.selfApproval ? 0 : 1);
  const nobody = { team: await check.directory.team(), user: '' };
  const { size } = await eligibleApprovers(check.directory, rule, nobody, { enough });
  const about = `${rule.verbs.join(', ')}: `;
  if (size < approvals)
    return failed(
      what,
      `${about}${approvals} ${approvals === 1 ? 'has' : 'have'} to approve and ${size} may`,
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

/** Rules name the same groups and people again and again, and Slack counts the calls. */
const remembered = (directory: Directory): Directory => {
  const once = <Value>(ask: (key: string) => Promise<Value>): ((key: string) => Promise<Value>) => {
    const answers = new Map<string, Promise<Value>>();
    return (key) => {
      const answer = answers.get(key) ?? ask(key);
      answers.set(key, answer);
      return answer;
    };
  };
  const team = once(() => directory.team());
  const standing = once(async (user) => directory.standing({ team: await team(''), user }));
  return {
    team: () => team(''),
    members: once((group) => directory.members(group)),
    channel: once((channel) => directory.channel(channel)),
    standing: ({ user }) => standing(user),
  };
};

/** The chat's token, its scopes, the channels and who may approve in them. Never rejects: each failure is a row. */
export const checkChat = async (wanted: ChatCheck, signal: AbortSignal): Promise<readonly CheckRow[]> => {
  const until = partDeadline(signal);
  const check = { ...wanted, directory: remembered(wanted.directory) };
  const row = async (what: string, work: () => Promise<CheckRow>): Promise<CheckRow> => {
    try {
      return await work();
    } catch (thrown) {
      // The token works, so this is a scope that has a row of its own, or too many calls in a minute.
      return thrown instanceof FirebreakError && thrown.code === 'slack-unavailable'
        ? notChecked(what, thrown.message)
        : failedInTime(what, thrown, until);
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
      .filter((rule) => approvalsOf(check, policy, rule) > 0)
      .map((rule) => () => row(approversOf(policy), () => ruleRow(check, policy, rule))),
  ]);
  return [...token, ...(await someAtOnce(questions, (ask) => ask(), CALLS_AT_ONCE))];
};
