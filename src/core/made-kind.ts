import type { Kind } from './kind.ts';
import { KINDS, kindNames } from './kind.ts';

/** Not a group of any API: what has it is read and written from inside a node. */
export const NODE_SIDE = 'node.firebreak.dev';

/**
 * Kinds that Firebreak makes and removes itself; no command names them. Of the policies of network plugins only what a
 * cluster has installed is there.
 * Sources: sigs.k8s.io/network-policy-api (v1alpha1, v1alpha2), cilium.io/v2, projectcalico.org's CRDs.
 */
export const MADE_KINDS = {
  networkpolicy: {
    group: 'networking.k8s.io',
    version: 'v1',
    resource: 'networkpolicies',
    scope: 'namespace',
  },
  adminnetworkpolicy: {
    group: 'policy.networking.k8s.io',
    version: 'v1alpha1',
    resource: 'adminnetworkpolicies',
    scope: 'cluster',
  },
  clusternetworkpolicy: {
    group: 'policy.networking.k8s.io',
    version: 'v1alpha2',
    resource: 'clusternetworkpolicies',
    scope: 'cluster',
  },
  ciliumnetworkpolicy: {
    group: 'cilium.io',
    version: 'v2',
    resource: 'ciliumnetworkpolicies',
    scope: 'namespace',
  },
  caliconetworkpolicy: {
    group: 'crd.projectcalico.org',
    version: 'v1',
    resource: 'networkpolicies',
    scope: 'namespace',
  },
  poddisruptionbudget: {
    group: 'policy',
    version: 'v1',
    resource: 'poddisruptionbudgets',
    scope: 'namespace',
  },
  validatingadmissionpolicy: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource: 'validatingadmissionpolicies',
    scope: 'cluster',
  },
  validatingadmissionpolicybinding: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource: 'validatingadmissionpolicybindings',
    scope: 'cluster',
  },
  job: { group: 'batch', version: 'v1', resource: 'jobs', scope: 'namespace' },
  /** Rules in a pod's network namespace, read and written on its node: no API server knows of them. */
  netns: { group: NODE_SIDE, version: 'v1', resource: 'netns', scope: 'namespace' },
} as const;
export type MadeKind = keyof typeof MADE_KINDS;

export const madeKindNames = Object.keys(MADE_KINDS) as readonly MadeKind[];

export const isMadeKind = (kind: string): kind is MadeKind => Object.hasOwn(MADE_KINDS, kind);

/** Whether it is read and written on a node, so that planning can't look at it. */
export const isOnNode = ({ kind }: { readonly kind: string }): boolean => kind === 'netns';

/** Whatever can be written: what a command names, and what Firebreak makes. */
export type ObjectKind = Kind | MadeKind;
export const objectKinds = [...kindNames, ...madeKindNames] as const;

export interface KindResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly scope: 'namespace' | 'cluster';
}

export const resourceOf = (kind: ObjectKind): KindResource =>
  isMadeKind(kind) ? MADE_KINDS[kind] : { version: 'v1', ...KINDS[kind] };
