import { z } from 'zod';
import type { Identity } from '../../core/cloud.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { type Permission, permissionName } from '../../core/permission.ts';
import { type CheckRow, notChecked, ok, warning } from './check-row.ts';

const daemonSetSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z
    .looseObject({
      template: z.looseObject({
        spec: z.looseObject({
          containers: z
            .array(z.looseObject({ name: z.string(), args: z.array(z.string()).default([]) }))
            .default([]),
        }),
      }),
    })
    .optional(),
});
type DaemonSet = z.infer<typeof daemonSetSchema>;

/** Amazon VPC CNI brings the agent along and enforces nothing until it is switched on. */
const awsAgent = ({ spec }: DaemonSet): boolean =>
  spec?.template.spec.containers.some(
    ({ name, args }) => name === 'aws-eks-nodeagent' && args.includes('--enable-network-policy=true'),
  ) === true;

/** By the name of the DaemonSet that runs it on each node. */
const ENGINES: Readonly<
  Record<string, { readonly engine: string; readonly enforces?: (found: DaemonSet) => boolean }>
> = {
  'aws-node': { engine: 'Amazon VPC CNI with its policy agent', enforces: awsAgent },
  'calico-node': { engine: 'Calico' },
  cilium: { engine: 'Cilium' },
  anetd: { engine: 'GKE Dataplane V2' },
  'azure-npm': { engine: 'Azure Network Policy Manager' },
  canal: { engine: 'Calico (Canal)' },
  'antrea-agent': { engine: 'Antrea' },
  'kube-router': { engine: 'kube-router' },
  ovnkube: { engine: 'OVN-Kubernetes' },
  'ovnkube-node': { engine: 'OVN-Kubernetes' },
};

/** What is read of them. */
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

const WHAT = 'network policies';

/** Which engine enforces NetworkPolicies, by the DaemonSets that run it. That none was found and that nobody could look are told apart. */
export const policyEngine = async (
  reader: Pick<ClusterReader, 'list'>,
  { cluster, identity }: { readonly cluster: string; readonly identity: Identity },
  signal: AbortSignal,
): Promise<CheckRow> => {
  const lists = await Promise.all(
    ENGINE_PLACES.map(async (place) => ({ place, found: await daemonSets(reader, place, signal) })),
  );
  const seen = lists.flatMap(({ found }) =>
    found === 'not allowed' ? [] : found.flatMap((raw) => daemonSetSchema.safeParse(raw).data ?? []),
  );
  const engines = seen.flatMap((one) => {
    const known = ENGINES[one.metadata.name];
    return known !== undefined && (known.enforces?.(one) ?? true) ? [known.engine] : [];
  });
  if (engines.length > 0) return ok(WHAT, `enforced by ${engines.join(', ')}`, engines.join(', '));
  const off = seen.some(({ metadata }) => metadata.name === 'aws-node')
    ? 'none found: the policy agent of Amazon VPC CNI is off'
    : 'none found: a NetworkPolicy would change nothing';
  const places = (were: 'seen' | 'unseen'): string =>
    lists
      .filter(({ found }) => (found === 'not allowed') === (were === 'unseen'))
      .map(({ place }) => place)
      .join(', ');
  const read = permissionName(ENGINE_READ);
  const unseen = places('unseen');
  if (unseen !== '')
    return {
      ...notChecked(
        WHAT,
        places('seen') === ''
          ? `could not look: it lacks ${read} in ${unseen}`
          : `none found in ${places('seen')}, and it lacks ${read} in ${unseen}`,
        'could not look',
      ),
      next: `Grant ${read} in the namespace where the engine runs: firebreak permissions ${cluster} --identity ${identity} prints it.`,
    };
  return warning(WHAT, off, 'Switch on an engine before you count on isolation.', 'no engine found');
};
