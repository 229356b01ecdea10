import type { ClusterReader } from './cluster.ts';
import { type ObjectName, targetPath } from './target.ts';
import { unlessAbsent } from './unless-absent.ts';

/** An object as the API server sends it; undefined where there is none. */
export const readIfThere = (
  reader: Pick<ClusterReader, 'get'>,
  object: ObjectName,
  signal: AbortSignal,
): Promise<unknown> => unlessAbsent(reader.get(targetPath(object), signal));
