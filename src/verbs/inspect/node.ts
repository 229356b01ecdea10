import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import type { Finding } from '../../core/finding.ts';
import type { Pod } from '../../core/pod.ts';
import { readable } from './readable.ts';

/** Source: Kubernetes API v1, Node. */
const nodeSchema = z.looseObject({
  spec: z.looseObject({ unschedulable: z.boolean().default(false), providerID: z.string().default('') }),
  status: z.looseObject({
    nodeInfo: z.looseObject({
      kubeletVersion: z.string().default(''),
      osImage: z.string().default(''),
      containerRuntimeVersion: z.string().default(''),
    }),
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
  }),
});

export const inspectNode = async (
  cluster: ClusterReader,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const name = pod.spec.nodeName;
  if (name === '') return [{ title: 'Node', lines: ['Not scheduled to any node yet.'] }];
  const read = await readable(async () =>
    nodeSchema.parse(await cluster.get({ group: '', version: 'v1', resource: 'nodes', name }, signal)),
  );
  if (read.kind === 'not read') return [{ title: 'Node', lines: [name, read.why] }];
  const { spec, status } = read.value;
  const ready =
    status.conditions.find(({ type }) => type === 'Ready')?.status === 'True' ? 'Ready' : 'not Ready';
  return [
    {
      title: 'Node',
      lines: [
        `${name}: ${ready}${spec.unschedulable ? ', cordoned' : ''}`,
        `${status.nodeInfo.osImage}, ${status.nodeInfo.containerRuntimeVersion}, kubelet ${status.nodeInfo.kubeletVersion}`,
      ],
    },
  ];
};
