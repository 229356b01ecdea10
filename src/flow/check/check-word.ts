import type { ClusterEntry } from '../../core/cluster-entry.ts';
import type { FlowDeps } from '../deps.ts';
import { PLANNING_DEADLINE_MS } from '../deps.ts';
import type { Reply } from '../use-cases.ts';
import type { ClusterCheckDeps } from './check-cluster.ts';
import { checkClusters } from './check-clusters.ts';
import { toldParts } from './told-rows.ts';

/** What a check from the chat needs beside what every use case has. */
export type CheckPlace = Pick<ClusterCheckDeps, 'identitiesOf' | 'ownPlace'>;

/** Past a part's own deadline, so that what was found until then is still told. */
const DEADLINE_MS = PLANNING_DEADLINE_MS * 2;

const MORE = 'Whoever runs Firebreak sees more by firebreak check.';

const inWords = (failed: number, warnings: number): string => {
  if (failed > 0)
    return `${failed} thing${failed === 1 ? '' : 's'} that this channel may do would fail. ${MORE}`;
  return warnings > 0 ? `Nothing that this channel may do would fail. ${MORE}` : 'All is well.';
};

/** `/k8s check [cluster]`: whether what this channel may do on its clusters would work. Clusters alone: the rest is not the channel's. */
export const checkWord = async (
  deps: Pick<FlowDeps, 'clusters' | 'verbs' | 'channels'> & { readonly check: CheckPlace },
  channel: string,
  clusters: readonly ClusterEntry[],
): Promise<Reply> => {
  if (clusters.length === 0)
    return {
      kind: 'say',
      text: 'This channel is not listed in the configuration, so it may reach no cluster.',
    };
  const parts = await checkClusters(
    {
      ...{ clusters: deps.clusters, verbs: deps.verbs, ...deps.check },
      channels: deps.channels.filter((policy) => policy.channel === channel),
    },
    clusters,
    AbortSignal.timeout(DEADLINE_MS),
  );
  const count = (verdict: string): number =>
    parts.flatMap(({ rows }) => rows).filter((row) => row.verdict === verdict).length;
  return { kind: 'checked', text: inWords(count('failed'), count('warning')), parts: toldParts(parts) };
};
