import type { ClusterEntry } from '../../core/cluster-entry.ts';
import type { FlowDeps } from '../deps.ts';
import { PLANNING_DEADLINE_MS } from '../deps.ts';
import type { Reply } from '../use-cases.ts';
import type { ClusterCheckDeps } from './check-cluster.ts';
import { checkClusters } from './check-clusters.ts';
import type { Verdict } from './check-row.ts';
import { toldParts } from './told-rows.ts';

/** What a check from the chat needs beside what every use case has. */
export type CheckPlace = Pick<ClusterCheckDeps, 'identitiesOf' | 'ownPlace'>;

/** Past a part's own deadline, so that what was found until then is still told. */
const DEADLINE_MS = PLANNING_DEADLINE_MS * 2;

const MORE = 'Whoever runs Firebreak sees more by firebreak check.';

/** A failure is not always a command that fails, and what nobody looked at is not well. */
const inWords = (failed: number, unseen: number): string => {
  const things = (count: number): string => `${count} thing${count === 1 ? '' : 's'}`;
  const first =
    failed > 0
      ? `${things(failed)} need${failed === 1 ? 's' : ''} somebody.`
      : `Nothing that ${unseen > 0 ? 'was looked at' : 'this channel may do'} would fail.`;
  const second = unseen > 0 ? ` ${things(unseen)} ${unseen === 1 ? 'was' : 'were'} not looked at.` : '';
  return `${first}${second} ${MORE}`;
};

/**
 * `/k8s check [cluster]`: whether what this channel may do on its clusters would work. Clusters alone: the rest is
 * not the channel's. By the identity that plans alone: nobody has approved anything.
 */
export const checkWord = async (
  deps: Pick<FlowDeps, 'verbs' | 'channels'> &
    Pick<ClusterCheckDeps, 'clusters'> & { readonly check: CheckPlace },
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
      ...{ clusters: deps.clusters, verbs: deps.verbs, ...deps.check, asksBy: 'planning alone' },
      channels: deps.channels.filter((policy) => policy.channel === channel),
    },
    clusters,
    AbortSignal.timeout(DEADLINE_MS),
  );
  const count = (verdict: Verdict): number =>
    parts.flatMap(({ rows }) => rows).filter((row) => row.verdict === verdict).length;
  return { kind: 'checked', text: inWords(count('failed'), count('not checked')), parts: toldParts(parts) };
};
