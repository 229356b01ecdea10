import type { ClusterInspector, ClusterRules } from '../../core/cluster.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { excessImpersonation, type Impersonable } from './excess-impersonation.ts';
import { someAtOnce } from './in-time.ts';

export interface ListedImpersonation {
  /** Beyond what is printed; each once. */
  readonly excess: readonly string[];
  /** `some`: a rule may hold that was not listed, so that examples have to be asked for. */
  readonly listed: ClusterRules['listed'];
}

/** Here the service accounts are that may do most. */
const ALWAYS = 'kube-system';

/** A cluster that lists no rules to this identity, or at all. */
const UNLISTED: ReadonlySet<FirebreakError['code']> = new Set(['not-allowed', 'not-found']);

const rulesIn = async (
  look: Pick<ClusterInspector, 'rulesIn'>,
  namespace: string,
  signal: AbortSignal,
): Promise<ClusterRules> => {
  try {
    return await look.rulesIn(namespace, signal);
  } catch (thrown) {
    if (thrown instanceof FirebreakError && UNLISTED.has(thrown.code)) return { rules: [], listed: 'some' };
    throw thrown;
  }
};

/** What an identity may impersonate too much by the rules that the cluster lists for each allowed namespace and kube-system. */
export const listedImpersonation = async (
  look: Pick<ClusterInspector, 'rulesIn'>,
  { name: cluster, namespaces }: Pick<ClusterEntry, 'name' | 'namespaces'>,
  may: Impersonable,
  signal: AbortSignal,
): Promise<ListedImpersonation> => {
  const answers = await someAtOnce([...new Set([...namespaces, ALWAYS])], async (namespace) => {
    const { rules, listed } = await rulesIn(look, namespace, signal);
    return {
      listed,
      excess: rules.flatMap((rule) => excessImpersonation(rule, { cluster, namespace, may })),
    };
  });
  return {
    excess: [...new Set(answers.flatMap(({ excess }) => excess))],
    listed: answers.some(({ listed }) => listed === 'some') ? 'some' : 'all',
  };
};
