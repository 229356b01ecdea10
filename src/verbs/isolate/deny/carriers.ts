import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { listAllowed } from '../../list-allowed.ts';

/** A pod that carries the label by which runs isolate, whoever set it. */
export interface Carrier {
  readonly name: string;
  readonly uid: string;
  readonly run: string;
}

const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});

/**
 * Every pod of a namespace that carries the label, of one run where it is named: what a deny policy by that label would
 * be about.
 */
export const carriersOf = async (
  cluster: Pick<ClusterReader, 'list'>,
  of: { readonly namespace: string; readonly label: string; readonly run?: string },
  signal: AbortSignal,
): Promise<readonly Carrier[] | 'could not look'> => {
  const { namespace, label, run } = of;
  const labelSelector = run === undefined ? label : `${label}=${run}`;
  const path = { group: '', resource: 'pods', namespace };
  const read = await listAllowed(cluster, path, { labelSelector }, signal);
  if (read === 'not allowed') return 'could not look';
  return z
    .array(podSchema)
    .parse(read)
    .map(({ metadata: { name, uid, labels } }) => ({ name, uid, run: labels[label] ?? '' }));
};

/** Whether a policy by the label would be about this pod and no other; before the pod is labelled, about nobody. */
export const onlyCarrier = (carriers: readonly Carrier[], uid: string): 'this pod' | 'nobody' | 'others' =>
  carriers.length === 0 ? 'nobody' : carriers.every((one) => one.uid === uid) ? 'this pod' : 'others';
