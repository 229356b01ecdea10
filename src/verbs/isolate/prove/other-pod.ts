import { isIP } from 'node:net';
import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import type { Permission } from '../../../core/permission.ts';
import { readable } from '../../inspect/readable.ts';
import type { FoundTargets } from './found-targets.ts';
import type { ProvenPod } from './proven-pod.ts';

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });
const inNamespaceSchema = z.looseObject({ metadata: z.looseObject({ namespace: z.string() }) });

const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.looseObject({
    nodeName: z.string().default(''),
    hostNetwork: z.boolean().default(false),
    containers: z
      .array(
        z.looseObject({
          ports: z
            .array(z.looseObject({ containerPort: z.int(), protocol: z.string().default('TCP') }))
            .default([]),
        }),
      )
      .default([]),
  }),
  status: z
    .looseObject({
      podIP: z.string().default(''),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ podIP: '', conditions: [] }),
});
type OtherPod = z.infer<typeof podSchema>;

/** What it is found by. kube-system is looked at in any case, which is the one other namespace where the entry names one. */
export const OTHER_POD_READS = [
  { verb: 'list', group: '', resource: 'namespaces' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'list', group: '', resource: 'pods', place: 'kube-system' },
  { verb: 'list', group: 'networking.k8s.io', resource: 'networkpolicies' },
] as const satisfies readonly Permission[];

/** A list of pods can be long, and one pod is enough. */
const NAMESPACES_LOOKED_AT = 8;

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
const POLICIES = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' } as const;

const tcpPortOf = ({ spec }: OtherPod): number | undefined =>
  spec.containers.flatMap(({ ports }) => ports).find(({ protocol }) => protocol === 'TCP')?.containerPort;

const isReady = ({ metadata, spec, status }: OtherPod): boolean =>
  metadata.deletionTimestamp === undefined &&
  !spec.hostNetwork &&
  isIP(status.podIP) !== 0 &&
  status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** Namespaces where no policy could keep the control out come first, and the system's own last. */
const inOrder = async (
  reader: ClusterReader,
  own: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const [namespaces, policies] = await Promise.all([
    readable(async () =>
      z
        .array(namespaceSchema)
        .parse(await reader.list({ group: '', version: 'v1', resource: 'namespaces' }, {}, signal)),
    ),
    readable(async () => z.array(inNamespaceSchema).parse(await reader.list(POLICIES, {}, signal))),
  ]);
  const all =
    namespaces.kind === 'read'
      ? namespaces.value.map(({ metadata }) => metadata.name)
      : ['default', 'kube-system'];
  const guarded = new Set(
    policies.kind === 'read' ? policies.value.map(({ metadata }) => metadata.namespace) : [],
  );
  const rank = (name: string): number => (guarded.has(name) ? 2 : 0) + (name.startsWith('kube-') ? 1 : 0);
  const sorted = all.filter((name) => name !== own).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const system = sorted.includes('kube-system') ? ['kube-system'] : [];
  return [...new Set([...sorted.slice(0, NAMESPACES_LOOKED_AT - 1), ...system])];
};

/** One Ready pod in another namespace that says on which TCP port it listens, on another node where there is one. */
export const findOtherPod = async (
  reader: ClusterReader,
  { metadata, spec }: ProvenPod,
  signal: AbortSignal,
): Promise<FoundTargets> => {
  const candidates: { readonly pod: OtherPod; readonly host: string; readonly port: number }[] = [];
  for (const namespace of await inOrder(reader, metadata.namespace, signal)) {
    const read = await readable(() => reader.list({ ...PODS, namespace }, {}, signal));
    if (read.kind === 'not read') continue;
    const pods = read.value.flatMap((raw) => podSchema.safeParse(raw).data ?? []);
    for (const pod of pods.filter(isReady)) {
      const port = tcpPortOf(pod);
      if (port !== undefined) candidates.push({ pod, host: pod.status.podIP, port });
    }
    if (candidates.some(({ pod }) => pod.spec.nodeName !== spec.nodeName)) break;
  }
  const best = candidates.find(({ pod }) => pod.spec.nodeName !== spec.nodeName) ?? candidates[0];
  return best === undefined
    ? {
        targets: [],
        lacking: ['No Ready pod with a declared TCP port was found in another namespace, so none is tried.'],
      }
    : { targets: [{ what: 'another pod', by: 'tcp', host: best.host, port: best.port }], lacking: [] };
};
