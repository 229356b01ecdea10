import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { listed } from '../changes/change-words.ts';
import { listAllowed } from '../list-allowed.ts';
import { mayRunOn, placementSchema } from './node-selection.ts';
import type { Relabelled } from './pod-risks.ts';

const workloadSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  spec: z.looseObject({ template: z.looseObject({ spec: placementSchema }) }),
});

const KINDS_WITH_PODS = [
  { kind: 'DaemonSet', resource: 'daemonsets' },
  { kind: 'Deployment', resource: 'deployments' },
  { kind: 'StatefulSet', resource: 'statefulsets' },
] as const;

/** Whose pods may come to a node, or have to leave it, when its labels change. */
export const nodeRisks = async (
  cluster: ClusterReader,
  node: { readonly name: string },
  { before, after }: Relabelled,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { name } = node;
  const read = await Promise.all(
    KINDS_WITH_PODS.map(async ({ kind, resource }) => {
      const items = await listAllowed(cluster, { group: 'apps', resource }, {}, signal);
      if (items === 'not allowed') return { kind, changed: 'not read' } as const;
      const changed = items.flatMap((raw) => {
        const { metadata, spec } = workloadSchema.parse(raw);
        const was = mayRunOn(spec.template.spec, { name, labels: before });
        const will = mayRunOn(spec.template.spec, { name, labels: after });
        return was === will ? [] : [{ will, text: `${kind}/${metadata.name} in ${metadata.namespace}` }];
      });
      return { kind, changed } as const;
    }),
  );
  const names = (kinds: 'DaemonSet' | 'others', may: 'come' | 'go'): readonly string[] =>
    read.flatMap(({ kind, changed }) =>
      changed !== 'not read' && (kind === 'DaemonSet') === (kinds === 'DaemonSet')
        ? changed.filter(({ will }) => will === (may === 'come')).map(({ text }) => text)
        : [],
    );
  const said = (found: readonly string[], what: string): readonly string[] =>
    found.length === 0 ? [] : [`${what}: ${listed(found)}.`];
  const unread = read.flatMap(({ kind, changed }) => (changed === 'not read' ? [`${kind}s`] : []));
  return [
    ...said(names('DaemonSet', 'go'), 'Pods on this node are deleted, since these no longer select it'),
    ...said(names('DaemonSet', 'come'), 'Pods start on this node, since these then select it'),
    ...said(names('others', 'go'), 'New pods may no longer come to this node; those that run stay'),
    ...said(names('others', 'come'), 'New pods may come to this node'),
    ...said(unread, 'Not looked at for the nodes they select, since Firebreak may not list them'),
  ];
};
