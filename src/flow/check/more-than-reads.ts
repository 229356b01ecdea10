import type { ClusterReader } from '../../core/cluster.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { isClusterScoped } from '../../core/cluster-scoped.ts';
import { permissionName } from '../../core/permission.ts';
import type { Verb } from '../../core/verb.ts';
import { isRead } from '../../core/verb-permissions.ts';
import { identityPermissions } from '../identity-permissions.ts';
import { type CheckRow, ok, warning } from './check-row.ts';
import { someAtOnce } from './in-time.ts';

const WHAT = 'reads alone';

/** Whether an identity that only plans may do what runs do: asked of what the allowed verbs do beside reads. */
export const moreThanReads = async (
  { allowed }: Pick<ClusterReader, 'allowed'>,
  entry: ClusterEntry,
  verbs: readonly Verb[],
  signal: AbortSignal,
): Promise<CheckRow> => {
  const { needed } = identityPermissions('act', { ...entry, identities: 'read and act' }, verbs);
  const [namespace] = entry.namespaces;
  const answers = await someAtOnce(
    needed.filter((permission) => !isRead(permission)),
    async (permission) => ({
      permission,
      may: await allowed(
        permission,
        namespace === undefined || isClusterScoped(permission) ? {} : { namespace },
        signal,
      ),
    }),
  );
  const more = answers.filter(({ may }) => may).map(({ permission }) => permissionName(permission));
  return more.length === 0
    ? ok(WHAT, 'it may do nothing that a run does', '')
    : warning(
        WHAT,
        `planning may also ${more.join(', ')}`,
        `Take it away: firebreak permissions ${entry.name} --identity read prints what planning needs.`,
        `may also ${more.join(', ')}`,
      );
};
