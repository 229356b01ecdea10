import type { ClusterEntry } from '../core/cluster-entry.ts';
import { type ChannelPolicy, requirementFor } from '../core/policy.ts';
import type { Verb } from '../core/verb.ts';

/** The verbs that some channel's rules allow on a cluster, in the order of help. */
export const allowedVerbs = (
  verbs: readonly Verb[],
  channels: readonly ChannelPolicy[],
  { name: cluster, guard }: Pick<ClusterEntry, 'name' | 'guard'>,
): readonly Verb[] =>
  verbs.filter(({ name: verb }) =>
    channels.some((policy) => requirementFor(policy, { verb, cluster, guard }).kind === 'required'),
  );
