import { z } from 'zod';
import type { ClusterReader } from './cluster.ts';
import { FirebreakError } from './firebreak-error.ts';
import type { Permission } from './permission.ts';

/**
 * What becomes of connections that are open when a policy starts to deny them. `cut unless selected`: those of a pod
 * that a policy selected before go on.
 */
export type OpenConnections = 'kept' | 'cut' | 'cut unless selected' | 'unknown';

/** Whose deny policies an engine is known to carry out, beside NetworkPolicy. */
export type EngineFamily = 'calico' | 'cilium' | 'other';

export interface PolicyEngine {
  readonly name: string;
  readonly family: EngineFamily;
  readonly connections: OpenConnections;
  /** Of Amazon VPC CNI alone: in `strict` mode a pod that no policy selects has no network at all. */
  readonly mode?: 'standard' | 'strict';
}

/** `off`: what would enforce policy is there and was not switched on. */
export type EngineLook =
  | { readonly kind: 'found'; readonly engines: readonly PolicyEngine[] }
  | { readonly kind: 'none found'; readonly off: readonly string[] }
  | { readonly kind: 'could not look'; readonly seen: readonly string[]; readonly unseen: readonly string[] };

const envSchema = z.looseObject({ name: z.string(), value: z.string().default('') });
const containerSchema = z.looseObject({
  name: z.string(),
  args: z.array(z.string()).default([]),
  env: z.array(envSchema).default([]),
});
const daemonSetSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z
    .looseObject({
      template: z.looseObject({ spec: z.looseObject({ containers: z.array(containerSchema).default([]) }) }),
    })
    .optional(),
});
type DaemonSet = z.infer<typeof daemonSetSchema>;

const containersOf = ({ spec }: DaemonSet) => spec?.template.spec.containers ?? [];

const VPC_CNI = 'Amazon VPC CNI';

/** It brings its agent along and enforces nothing until that is switched on. Source: EKS Best Practices, Network security. */
const vpcCni = (found: DaemonSet): PolicyEngine | undefined => {
  const on = containersOf(found).some(
    ({ name, args }) => name === 'aws-eks-nodeagent' && args.includes('--enable-network-policy=true'),
  );
  if (!on) return undefined;
  const mode = containersOf(found)
    .flatMap(({ env }) => env)
    .find(({ name }) => name === 'NETWORK_POLICY_ENFORCING_MODE')?.value;
  return {
    name: `${VPC_CNI} with its policy agent`,
    family: 'other',
    connections: 'cut unless selected',
    mode: mode === 'strict' ? 'strict' : 'standard',
  };
};

const engine = (name: string, family: EngineFamily, connections: OpenConnections) => (): PolicyEngine => ({
  name,
  family,
  connections,
});

/**
 * By the name of the DaemonSet that runs it on each node. What each does to open connections: Calico,
 * projectcalico/calico#6399; Antrea, antrea-io/antrea#5381; Cilium, cilium/cilium#2700; Amazon VPC CNI,
 * aws-network-policy-agent pkg/ebpf/c/tc.v4egress.bpf.c. Of the others nothing is documented (kubernetes/website#43438).
 */
const ENGINES: Readonly<Record<string, (found: DaemonSet) => PolicyEngine | undefined>> = {
  'aws-node': vpcCni,
  'calico-node': engine('Calico', 'calico', 'kept'),
  canal: engine('Calico (Canal)', 'calico', 'kept'),
  cilium: engine('Cilium', 'cilium', 'cut'),
  anetd: engine('GKE Dataplane V2', 'cilium', 'cut'),
  'azure-npm': engine('Azure Network Policy Manager', 'other', 'unknown'),
  'antrea-agent': engine('Antrea', 'other', 'kept'),
  'kube-router': engine('kube-router', 'other', 'unknown'),
  ovnkube: engine('OVN-Kubernetes', 'other', 'unknown'),
  'ovnkube-node': engine('OVN-Kubernetes', 'other', 'unknown'),
};

/** Engines that are there whether they enforce or not, in words. */
const OFF: Readonly<Record<string, string>> = { 'aws-node': `the policy agent of ${VPC_CNI} is off` };

/** On AKS the same DaemonSet is Azure's build of it, beside Azure's own address management. */
const named = (found: PolicyEngine, names: ReadonlySet<string>): PolicyEngine =>
  found.name === 'Cilium' && names.has('azure-cns')
    ? { ...found, name: 'Azure CNI powered by Cilium' }
    : found;

/** What is read to find an engine. */
export const ENGINE_READ = {
  verb: 'list',
  group: 'apps',
  resource: 'daemonsets',
} as const satisfies Permission;

/** Where engines run. A namespace that is not there has an empty list. */
export const ENGINE_PLACES = ['kube-system', 'calico-system', 'openshift-ovn-kubernetes'] as const;

const daemonSets = async (
  reader: Pick<ClusterReader, 'list'>,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly unknown[] | 'not allowed'> => {
  const { group, resource } = ENGINE_READ;
  try {
    return await reader.list({ group, version: 'v1', resource, namespace }, {}, signal);
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-allowed') return 'not allowed';
    throw thrown;
  }
};

/**
 * Which engine enforces NetworkPolicies, by the DaemonSets that run it. That none was found and that nobody could look
 * are told apart.
 */
export const lookForEngine = async (
  reader: Pick<ClusterReader, 'list'>,
  signal: AbortSignal,
): Promise<EngineLook> => {
  const lists = await Promise.all(
    ENGINE_PLACES.map(async (place) => ({ place, found: await daemonSets(reader, place, signal) })),
  );
  const seen = lists.flatMap(({ found }) =>
    found === 'not allowed' ? [] : found.flatMap((raw) => daemonSetSchema.safeParse(raw).data ?? []),
  );
  const names = new Set(seen.map(({ metadata }) => metadata.name));
  const engines = new Map(
    seen.flatMap((one) => {
      const found = ENGINES[one.metadata.name]?.(one);
      return found === undefined ? [] : [[found.name, named(found, names)] as const];
    }),
  );
  if (engines.size > 0) return { kind: 'found', engines: [...engines.values()] };
  const places = (were: 'seen' | 'unseen') =>
    lists.filter(({ found }) => (found === 'not allowed') === (were === 'unseen')).map(({ place }) => place);
  const unseen = places('unseen');
  return unseen.length > 0
    ? { kind: 'could not look', seen: places('seen'), unseen }
    : { kind: 'none found', off: [...names].flatMap((name) => OFF[name] ?? []) };
};
