import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import type { Labels } from '../../labels/label-selector.ts';
import type { KnownLabels } from './match.ts';

/** What policies select by. */
export interface PolicySubject {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly podLabels: Labels;
  readonly namespaceLabels: KnownLabels;
}

/** Set by Kubernetes on each namespace, so that it is known unread (KEP-2161). */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

const namespaceSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** The labels of a namespace; just its name where it may not be read. */
export const namespaceLabels = async (
  cluster: Pick<ClusterReader, 'get'>,
  namespace: string,
  signal: AbortSignal,
): Promise<KnownLabels> => {
  try {
    const path = { group: '', version: 'v1', resource: 'namespaces', name: namespace };
    const { labels } = namespaceSchema.parse(await cluster.get(path, signal)).metadata;
    return { labels: { ...labels, [NAMESPACE_NAME_LABEL]: namespace }, known: 'all' };
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    if (thrown.code !== 'not-allowed' && thrown.code !== 'not-found') throw thrown;
    return { labels: { [NAMESPACE_NAME_LABEL]: namespace }, known: 'partly' };
  }
};
