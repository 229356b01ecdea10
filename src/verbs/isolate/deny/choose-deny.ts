import type { EngineLook } from '../../../core/policy-engine.ts';
import type { RunNames } from '../../../core/verb.ts';
import { listed, notPlanned } from '../../changes/change-words.ts';
import type { PodNetwork } from '../look/network.ts';
import type { PolicyKind } from '../look/policy-kinds.ts';
import type { Direction } from '../look/policy-rules.ts';
import { openingsOf, type SelectingPolicies, type SelectingPolicy } from '../look/selecting-policies.ts';
import { adminNetworkPolicyDeny, clusterNetworkPolicyDeny } from './admin-policy-deny.ts';
import { CALICO_TIER, calicoNetworkPolicyDeny, orderBefore } from './calico-policy-deny.ts';
import type { Carrier } from './carriers.ts';
import { ciliumNetworkPolicyDeny } from './cilium-policy-deny.ts';
import type { DenyKind, DenyPolicy, DenySubject } from './deny-policy.ts';
import { networkPolicyDeny } from './network-policy-deny.ts';
import { OUTRANKING, type OutrankingKind } from './outranking.ts';

/** As much of what was seen as decides it. */
export interface DenyLook {
  readonly namespace: string;
  /** The key of the label by which a run isolates; its value is the run's id. */
  readonly label: string;
  readonly network: PodNetwork;
  readonly engine: EngineLook;
  readonly selecting: SelectingPolicies;
  readonly carriers: readonly Carrier[] | 'could not look';
  /** What the run is known not to be allowed to make. */
  readonly refused: ReadonlySet<OutrankingKind>;
}

interface Chosen {
  /** In the order in which they are created. Throws `conflict` where a pod carries the run's label before the run set it. */
  readonly policies: (names: Pick<RunNames, 'run'>) => readonly DenyPolicy[];
  /** Whole sentences for the card. */
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

/**
 * `plain`: a NetworkPolicy alone denies all, as far as was seen. `outranking`: beside it a policy `by` that outranks what
 * others allow. `none`: no policy that can be made here does; the plain one is made all the same, and `next` says how the
 * rest is cut.
 */
export type DenyChoice = Chosen &
  (
    | { readonly kind: 'plain' }
    | { readonly kind: 'outranking'; readonly by: OutrankingKind }
    | { readonly kind: 'none'; readonly why: string; readonly next: string }
  );

const NAMES: Readonly<Record<OutrankingKind, string>> = {
  adminnetworkpolicy: 'an AdminNetworkPolicy',
  clusternetworkpolicy: 'a ClusterNetworkPolicy',
  ciliumnetworkpolicy: 'a CiliumNetworkPolicy',
  caliconetworkpolicy: 'a NetworkPolicy of Calico',
};

const named = (policies: readonly SelectingPolicy[]): string =>
  listed(policies.map(({ kind, name }) => `${kind}/${name}`));

const build = (kind: DenyKind, subject: DenySubject, { policies }: SelectingPolicies): DenyPolicy => {
  switch (kind) {
    case 'networkpolicy':
      return networkPolicyDeny(subject);
    case 'adminnetworkpolicy':
      return adminNetworkPolicyDeny(subject);
    case 'clusternetworkpolicy':
      return clusterNetworkPolicyDeny(subject);
    case 'ciliumnetworkpolicy':
      return ciliumNetworkPolicyDeny(subject);
    case 'caliconetworkpolicy': {
      const beside = policies.flatMap(({ kind: of, rank }) =>
        of.startsWith('Calico') && rank?.tier === CALICO_TIER ? [rank.order] : [],
      );
      return calicoNetworkPolicyDeny(subject, orderBefore(beside));
    }
  }
};

const policiesOf =
  (look: DenyLook, kinds: readonly DenyKind[]): Chosen['policies'] =>
  ({ run }) => {
    const { namespace, label, carriers } = look;
    const taken = carriers === 'could not look' ? [] : carriers.filter((carrier) => carrier.run === run);
    if (taken.length > 0)
      throw notPlanned(
        `The label ${label}=${run} is already on ${listed(taken.map(({ name }) => `pod/${name}`))} in ${namespace}, before this run set it; nothing was planned.`,
        'Look who set it, take it away, and ask again.',
      );
    return kinds.map((kind) => build(kind, { namespace, label, run }, look.selecting));
  };

const DIRECTION: Readonly<Record<Direction, string>> = { ingress: 'to it', egress: 'from it' };

/** `NetworkPolicy/allow-dns allows traffic from it.` */
const openingSentence = ({ kind, name, allows, after }: SelectingPolicy): string =>
  `${kind}/${name} ${after === 'may' ? 'may select it and allow' : 'allows'} traffic ${allows.map((direction) => DIRECTION[direction]).join(' and ')}, which no NetworkPolicy can take back.`;

const fromOutside = (by: OutrankingKind, openings: readonly SelectingPolicy[]): readonly string[] => {
  if (by !== 'adminnetworkpolicy' && by !== 'clusternetworkpolicy') return [];
  const inward = openings.filter(({ allows }) => allows.includes('ingress'));
  return inward.length === 0
    ? []
    : [
        `The deny stops pods alone from reaching it: ${named(inward)} may still let in nodes and what comes from outside the cluster.`,
      ];
};

const isInstalled = ({ selecting }: DenyLook, kind: PolicyKind): boolean =>
  selecting.kinds.get(kind) === 'looked';

/** Those that may be carried out here; every one where the engine is not known. */
const carriedOut = (look: DenyLook) =>
  OUTRANKING.filter(
    ({ needs, families }) =>
      isInstalled(look, needs) &&
      (look.engine.kind !== 'found' || look.engine.engines.some(({ family }) => families.includes(family))),
  );

const candidates = (look: DenyLook) => carriedOut(look).filter(({ kind }) => !look.refused.has(kind));

const FROM_THE_NODE =
  'With `--from-node` it is cut off in its own network namespace, from its node; or cordon the node and take what you need from there.';

const whyNone = (look: DenyLook, openings: readonly SelectingPolicy[]): string => {
  if (look.carriers === 'could not look')
    return `Firebreak may not list the pods of ${look.namespace}, so that it can't show that a deny which outranks ${named(openings)} would be about this pod alone.`;
  const refused = carriedOut(look).filter(
    ({ kind, outranks }) => look.refused.has(kind) && openings.every(outranks),
  );
  if (refused.length > 0)
    return `Firebreak may not make ${listed(refused.map(({ kind }) => NAMES[kind]))}, which would outrank ${named(openings)}.`;
  if (candidates(look).length > 0)
    return `No deny that is installed here is sure to outrank all of ${named(openings)}.`;
  const unseen = OUTRANKING.filter(({ needs }) => look.selecting.kinds.get(needs) === 'could not look');
  return unseen.length === 0
    ? `No kind of policy that outranks ${named(openings)} is installed and carried out here.`
    : `Nothing that outranks ${named(openings)} was found; whether ${listed(unseen.map(({ needs }) => needs))} is installed could not be looked at.`;
};

/** Which policies deny all traffic of the pod, beside those that select it already. */
export const chooseDeny = (look: DenyLook): DenyChoice => {
  const plain = { policies: policiesOf(look, ['networkpolicy']), risks: [], notes: [] };
  if (look.network === 'of the node')
    return {
      ...plain,
      kind: 'none',
      why: 'It uses the network of its node, where no policy for pods holds it.',
      next: 'Cordon the node, and isolate the machine in its cloud.',
      policies: () => [],
    };
  const openings = openingsOf(look.selecting);
  if (openings.length === 0) return { ...plain, kind: 'plain' };
  const risks = openings.map(openingSentence);
  const selecting = look.selecting.policies.filter(({ after }) => after !== 'no');
  const found =
    look.carriers === 'could not look'
      ? undefined
      : candidates(look).find(
          ({ outranks, isPassedOverBy }) => openings.every(outranks) && !selecting.some(isPassedOverBy),
        );
  if (found === undefined)
    return { ...plain, risks, kind: 'none', why: whyNone(look, openings), next: FROM_THE_NODE };
  const { kind: by } = found;
  return {
    ...{ kind: 'outranking', by },
    policies: policiesOf(look, ['networkpolicy', by]),
    risks: fromOutside(by, openings),
    notes: [
      `${named(openings)} ${openings.length === 1 ? 'allows' : 'allow'} traffic beside a NetworkPolicy, so that ${NAMES[by]} which outranks ${openings.length === 1 ? 'it' : 'them'} denies all too.`,
    ],
  };
};
