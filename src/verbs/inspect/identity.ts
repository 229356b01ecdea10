import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import type { Finding } from '../../core/finding.ts';
import type { Pod } from '../../core/pod.ts';
import { readable } from './readable.ts';

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;

const bindingSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  roleRef: z.looseObject({ kind: z.enum(['Role', 'ClusterRole']), name: z.string() }),
  subjects: z
    .array(z.looseObject({ kind: z.string(), name: z.string(), namespace: z.string().optional() }))
    .nullish(),
});
type Binding = z.infer<typeof bindingSchema>;

const roleSchema = z.looseObject({
  rules: z
    .array(
      z.looseObject({
        verbs: z.array(z.string()),
        resources: z.array(z.string()).default([]),
        nonResourceURLs: z.array(z.string()).default([]),
      }),
    )
    .nullish(),
});

const annotationsSchema = z.looseObject({
  metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }),
});

/** Annotations by which a service account is given a cloud identity. Sources: EKS IRSA, GKE and AKS workload identity. */
const CLOUD_IDENTITY = [
  'eks.amazonaws.com/role-arn',
  'iam.gke.io/gcp-service-account',
  'azure.workload.identity/client-id',
];

const namesAccount = (binding: Binding, namespace: string, account: string): boolean =>
  (binding.subjects ?? []).some(
    (subject) =>
      (subject.kind === 'ServiceAccount' && subject.name === account && subject.namespace === namespace) ||
      (subject.kind === 'User' && subject.name === `system:serviceaccount:${namespace}:${account}`) ||
      (subject.kind === 'Group' &&
        ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'].includes(
          subject.name,
        )),
  );

/** What the pod's service account may do, by the bindings that name it, and the cloud identity it carries. */
export const inspectIdentity = async (
  cluster: ClusterReader,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const { namespace } = pod.metadata;
  const account = pod.spec.serviceAccountName;
  const read = await readable(async () => {
    const [own, everywhere] = await Promise.all([
      cluster.list({ ...RBAC, resource: 'rolebindings', namespace }, {}, signal),
      cluster.list({ ...RBAC, resource: 'clusterrolebindings' }, {}, signal),
    ]);
    const scoped = [
      ...z
        .array(bindingSchema)
        .parse(own)
        .map((binding) => ({ binding, where: `in ${namespace}` })),
      ...z
        .array(bindingSchema)
        .parse(everywhere)
        .map((binding) => ({ binding, where: 'in every namespace' })),
    ].filter(({ binding }) => namesAccount(binding, namespace, account));
    return Promise.all(
      scoped.map(({ binding, where }) => describeBinding(cluster, binding, namespace, where, signal)),
    );
  });
  const cloud = await readable(async () => {
    const path = { group: '', version: 'v1', resource: 'serviceaccounts', namespace, name: account };
    const { annotations } = annotationsSchema.parse(await cluster.get(path, signal)).metadata;
    return CLOUD_IDENTITY.flatMap((key) =>
      annotations[key] === undefined ? [] : [`Cloud identity: ${annotations[key]}`],
    );
  });
  const may = read.kind === 'read' ? read.value : [read.why];
  return [
    {
      title: `Service account ${account} may`,
      lines: [
        ...(may.length === 0 ? ['nothing beyond what every account may'] : may),
        ...(cloud.kind === 'read' ? cloud.value : [cloud.why]),
      ],
    },
  ];
};

const describeBinding = async (
  cluster: ClusterReader,
  { roleRef, metadata }: Binding,
  namespace: string,
  where: string,
  signal: AbortSignal,
): Promise<string> => {
  const path =
    roleRef.kind === 'Role'
      ? { ...RBAC, resource: 'roles', namespace, name: roleRef.name }
      : { ...RBAC, resource: 'clusterroles', name: roleRef.name };
  const role = await readable(async () => roleSchema.parse(await cluster.get(path, signal)));
  const rules =
    role.kind === 'not read'
      ? 'its rules can’t be read'
      : (role.value.rules ?? [])
          .map(
            ({ verbs, resources, nonResourceURLs }) =>
              `${verbs.join(',')} ${[...resources, ...nonResourceURLs].join(',')}`,
          )
          .join('; ');
  return `${roleRef.kind}/${roleRef.name} ${where} (by ${metadata.name}): ${rules || 'no rules'}`;
};
