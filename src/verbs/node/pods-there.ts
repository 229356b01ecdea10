import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { listAllowed } from '../list-allowed.ts';

const podSchema = z.looseObject({ status: z.looseObject({ phase: z.string().default('') }) });

const ENDED = ['Succeeded', 'Failed'];

/** How many pods run on a node, as one sentence. */
export const podsThere = async (
  cluster: ClusterReader,
  node: string,
  signal: AbortSignal,
): Promise<string> => {
  const path = { group: '', resource: 'pods' };
  const read = await listAllowed(cluster, path, { fieldSelector: `spec.nodeName=${node}` }, signal);
  if (read === 'not allowed')
    return 'Pods that run there stay. How many was not looked at, since Firebreak may not list them.';
  const running = z
    .array(podSchema)
    .parse(read)
    .filter(({ status }) => !ENDED.includes(status.phase)).length;
  if (running === 0) return 'No pod runs there.';
  return running === 1 ? 'One pod runs there, and stays.' : `${running} pods run there, and stay.`;
};
