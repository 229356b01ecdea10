import type { Run } from '../flow/ledger.ts';
import { joined, type Line, user } from './rich-text.ts';

/** Mentions who asked, and who approved. */
export const people = ({ requester, decisions }: Run): Line => {
  const approvers = decisions.filter(({ verdict }) => verdict === 'approve').map(({ person }) => person.user);
  return joined([...new Set([requester.user, ...approvers])].map(user), ' ');
};
