import type { ClusterReader, ListQuery, ResourcePath } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';

/** All items of a list; none of a kind that the cluster doesn't serve. A list that may not be read is said to be unread. */
export const listAllowed = async (
  cluster: Pick<ClusterReader, 'list'>,
  path: Omit<ResourcePath, 'version'>,
  query: ListQuery,
  signal: AbortSignal,
): Promise<readonly unknown[] | 'not allowed'> => {
  try {
    return await cluster.list({ ...path, version: 'v1' }, query, signal);
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    if (thrown.code === 'not-found') return [];
    if (thrown.code === 'not-allowed') return 'not allowed';
    throw thrown;
  }
};
