import type { ClusterReader } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import type { Pod } from '../../../core/pod.ts';
import type { Match } from './match.ts';
import { POLICY_KINDS, type PolicyKind, policyKinds } from './policy-kinds.ts';
import type { PolicyRules } from './policy-rules.ts';
import { namespaceLabels, type PolicySubject } from './policy-subject.ts';
import { readPolicy } from './read-policy.ts';

/** A policy that selects the pod, or may, as it is or once it carries the run's label. */
export interface SelectingPolicy extends Omit<PolicyRules, 'selects'> {
  readonly kind: PolicyKind;
  readonly before: Match;
  /** Once the pod carries the run's label. */
  readonly after: Match;
}

/** `not installed`: the cluster serves no such kind. `could not look`: it may not be listed, whether it is there or not. */
export type KindLook = 'looked' | 'not installed' | 'could not look';

export interface SelectingPolicies {
  readonly policies: readonly SelectingPolicy[];
  readonly kinds: ReadonlyMap<PolicyKind, KindLook>;
}

const readKind = async (
  cluster: Pick<ClusterReader, 'list'>,
  kind: PolicyKind,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly PolicyRules[] | Exclude<KindLook, 'looked'>> => {
  const { group, version, resource, scope, read } = POLICY_KINDS[kind];
  const path = { group, version, resource, ...(scope === 'namespace' ? { namespace } : {}) };
  try {
    const items = await cluster.list(path, {}, signal);
    return items.map((raw) => readPolicy(raw, read));
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    if (thrown.code === 'not-found') return 'not installed';
    if (thrown.code === 'not-allowed') return 'could not look';
    throw thrown;
  }
};

/** Stands for a run's id while it is planned: no policy can name that before. */
export const A_RUN = 'a-run';

/**
 * Every policy that selects a pod as it is, or as it is with one label more, whose value is a run's id. A policy can start
 * or stop to select it by that (`NotIn`, `DoesNotExist`, `has()`).
 */
export const selectingPolicies = async (
  cluster: Pick<ClusterReader, 'get' | 'list'>,
  pod: Pod,
  label: string,
  signal: AbortSignal,
): Promise<SelectingPolicies> => {
  const { namespace, labels } = pod.metadata;
  const [ofNamespace, ...read] = await Promise.all([
    namespaceLabels(cluster, namespace, signal),
    ...policyKinds.map(async (kind) => ({ kind, found: await readKind(cluster, kind, namespace, signal) })),
  ]);
  const now: PolicySubject = {
    ...{ namespace, serviceAccount: pod.spec.serviceAccountName, podLabels: labels },
    namespaceLabels: ofNamespace,
  };
  const labelled: PolicySubject = { ...now, podLabels: { ...labels, [label]: A_RUN } };
  const policies = read.flatMap(({ kind, found }) =>
    typeof found === 'string'
      ? []
      : found
          .map(({ selects, ...rules }) => ({
            kind,
            ...rules,
            before: selects(now),
            after: selects(labelled),
          }))
          .filter((one) => one.before !== 'no' || one.after !== 'no'),
  );
  const kinds = read.map(({ kind, found }) => [kind, typeof found === 'string' ? found : 'looked'] as const);
  return { policies, kinds: new Map(kinds) };
};

/** What would still reach the pod, or leave it, although a deny-all NetworkPolicy stands: NetworkPolicies only ever add. */
export const openingsOf = ({ policies }: Pick<SelectingPolicies, 'policies'>): readonly SelectingPolicy[] =>
  policies.filter(({ after, allows }) => after !== 'no' && allows.length > 0);
