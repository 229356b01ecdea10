import { isIP } from 'node:net';
import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { readable } from '../../inspect/readable.ts';
import type { FoundTargets } from './found-targets.ts';
import type { ProvenPod } from './proven-pod.ts';

const KUBELET_PORT = 10_250;

/** Source: Kubernetes API v1, Node. */
const nodeSchema = z.looseObject({
  status: z.looseObject({
    addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).default([]),
    daemonEndpoints: z
      .looseObject({ kubeletEndpoint: z.looseObject({ Port: z.int().positive() }).optional() })
      .optional(),
  }),
});

/** The kubelet of the pod's node. Where the node may not be read, the pod's own status says where that is. */
export const kubeletOf = async (
  reader: ClusterReader,
  { spec, status }: ProvenPod,
  signal: AbortSignal,
): Promise<FoundTargets> => {
  const path = { group: '', version: 'v1', resource: 'nodes', name: spec.nodeName };
  const read =
    spec.nodeName === ''
      ? ({ kind: 'not read' } as const)
      : await readable(async () => nodeSchema.parse(await reader.get(path, signal)));
  const node = read.kind === 'read' ? read.value.status : undefined;
  const internal = (node?.addresses ?? [])
    .filter(({ type, address }) => type === 'InternalIP' && isIP(address) !== 0)
    .map(({ address }) => address);
  const hosts = internal.length > 0 ? internal : [status.hostIP].filter((ip) => isIP(ip) !== 0);
  const port = node?.daemonEndpoints?.kubeletEndpoint?.Port ?? KUBELET_PORT;
  return {
    targets: hosts.map((host) => ({ what: 'kubelet', by: 'tcp', host, port })),
    lacking:
      hosts.length > 0 ? [] : ['The address of the pod’s node is not known, so its kubelet is not tried.'],
  };
};
