import type { ClusterReader } from '../../core/cluster.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import type { Verb } from '../../core/verb.ts';
import { isRead } from '../../core/verb-permissions.ts';
import { identityPermissions } from '../identity-permissions.ts';
import { type CheckRow, ok, warning } from './check-row.ts';
import { someAtOnce } from './in-time.ts';
import { placesOf, questionsText } from './places-of.ts';

const WHAT = 'reads alone';

/** Whether an identity that only plans may do what runs do: asked of what the allowed verbs do beside reads, in each allowed namespace. */
export const moreThanReads = async (
  { allowed }: Pick<ClusterReader, 'allowed'>,
  entry: ClusterEntry,
  verbs: readonly Verb[],
  signal: AbortSignal,
): Promise<CheckRow> => {
  const { needed, better } = identityPermissions('act', { ...entry, identities: 'read and act' }, verbs);
  // Who may make pods where node pods are is root on the nodes, though no verb needs it always.
  const run = [...needed, ...better.filter(({ place }) => place !== undefined)];
  const answers = await someAtOnce(
    run.filter((permission) => !isRead(permission)).flatMap((permission) => placesOf(entry, permission)),
    async (question) => {
      const { permission, namespace } = question;
      return {
        question,
        may: await allowed(permission, namespace === undefined ? {} : { namespace }, signal),
      };
    },
  );
  const more = questionsText(answers.filter(({ may }) => may).map(({ question }) => question));
  return more === ''
    ? ok(WHAT, 'it may do nothing that a run does', '')
    : warning(
        WHAT,
        `planning may also ${more}`,
        `Take it away: firebreak permissions ${entry.name} --identity read prints what planning needs.`,
        `may also ${more}`,
      );
};
