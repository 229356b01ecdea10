import { FirebreakError } from '../core/firebreak-error.ts';
import type { Person } from '../core/person.ts';
import type { Directory } from './directory.ts';

/** A user group by its id starts with S, a user's id with U or W. Source: Slack's object ids. */
const isGroup = (approver: string): boolean => approver.startsWith('S');

/** Each person costs a call to the chat, whose number a minute is limited; a group may have hundreds of members. */
export interface Wanted {
  /** Only these are looked up. */
  readonly among?: readonly string[];
  /** Nobody is looked up after that many were found. */
  readonly enough?: number;
}

/**
 * Who may approve now: users and the members of user groups, read fresh. The requester is left out unless the rule
 * lets them approve their own. Throws `slack-unavailable` when a group can't be read: never a guess.
 */
export const eligibleApprovers = async (
  directory: Directory,
  rule: { readonly approvers: readonly string[]; readonly selfApproval: boolean },
  requester: Person,
  { among, enough = Number.POSITIVE_INFINITY }: Wanted = {},
): Promise<ReadonlySet<string>> => {
  const lists = await Promise.all(
    rule.approvers.map(async (approver) =>
      isGroup(approver) ? await directory.members(approver) : [approver],
    ),
  );
  const eligible = new Set<string>();
  for (const user of new Set(lists.flat())) {
    if (eligible.size >= enough) break;
    if (among !== undefined && !among.includes(user)) continue;
    if (user === requester.user && !rule.selfApproval) continue;
    if ((await directory.standing({ team: requester.team, user })) === 'member') eligible.add(user);
  }
  return eligible;
};

/** Throws `policy-refused` when the rule asks for more approvals than there are people who may give them. */
export const requireQuorum = (eligible: ReadonlySet<string>, approvals: number): void => {
  if (eligible.size >= approvals) return;
  throw new FirebreakError({
    code: 'policy-refused',
    message: `This needs ${approvals} approval${approvals === 1 ? '' : 's'}, and ${eligible.size === 0 ? 'nobody' : `only ${eligible.size}`} may give ${approvals === 1 ? 'it' : 'them'}.`,
    next: 'Ask whoever runs Firebreak to add approvers to the rule, or the user group’s owner to add members.',
  });
};
