import { askedVerbs } from '../core/asked-verbs.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { type ChannelPolicy, requirementFor } from '../core/policy.ts';
import type { Verb } from '../core/verb.ts';

/** The verbs that some channel's rules allow on a cluster, in the order of help. */
export const allowedVerbs = (
  verbs: readonly Verb[],
  channels: readonly ChannelPolicy[],
  entry: ClusterEntry,
): readonly Verb[] => {
  const { name: cluster, guard } = entry;
  return verbs.filter((verb) =>
    channels.some((policy) =>
      askedVerbs(verb, entry, {}).every(
        (name) => requirementFor(policy, { verb: name, cluster, guard }).kind === 'required',
      ),
    ),
  );
};
