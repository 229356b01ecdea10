import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { listAllowed } from '../list-allowed.ts';
import { HELD_BY_LABEL } from './held-by.ts';

const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string(), uid: z.string() }),
});

/** Other pods on the node that runs of Firebreak hold: they need it as well. */
export const otherHeldPods = async (
  cluster: Pick<ClusterReader, 'list'>,
  node: string,
  uid: string,
  signal: AbortSignal,
): Promise<readonly string[] | 'not allowed'> => {
  const query = { fieldSelector: `spec.nodeName=${node}`, labelSelector: HELD_BY_LABEL };
  const read = await listAllowed(cluster, { group: '', resource: 'pods' }, query, signal);
  if (read === 'not allowed') return read;
  return z
    .array(podSchema)
    .parse(read)
    .filter(({ metadata }) => metadata.uid !== uid)
    .map(({ metadata }) => `pod/${metadata.name} in ${metadata.namespace}`);
};
