import { FirebreakError } from '../core/firebreak-error.ts';
import type { Person, Standing } from '../core/person.ts';
import type { Directory } from './directory.ts';

const REFUSALS: Readonly<Record<Exclude<Standing, 'member'>, string>> = {
  guest: 'Guests of this workspace can’t use Firebreak.',
  bot: 'Bots can’t use Firebreak: a person has to ask and a person has to approve.',
  foreign: 'People from other workspaces can’t use Firebreak.',
  deactivated: 'This account is deactivated.',
  unknown: 'Slack does not say who you are, so Firebreak does nothing for this account.',
};

const refused = (message: string, next: string): FirebreakError =>
  new FirebreakError({ code: 'policy-refused', message, next });

/** Lets members of Firebreak's own workspace through, in channels that no other workspace can read. Throws `policy-refused`. */
export const admit = async (directory: Directory, person: Person, channel: string): Promise<void> => {
  const [team, standing, sharing] = await Promise.all([
    directory.team(),
    directory.standing(person),
    directory.channel(channel),
  ]);
  const found: Standing = person.team === team ? standing : 'foreign';
  if (found !== 'member') throw refused(REFUSALS[found], 'Ask a member of the workspace to do it.');
  if (sharing === 'shared')
    throw refused(
      'This channel is shared with another workspace.',
      'Use a channel that only your workspace can read.',
    );
  if (sharing === 'unknown')
    throw refused('Firebreak can’t see this channel.', 'Invite it with `/invite @firebreak` and ask again.');
};
