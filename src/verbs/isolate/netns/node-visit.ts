import { madeUid } from '../../../core/change.ts';
import type { ClusterEntry } from '../../../core/cluster-entry.ts';
import type { RunNames, WantedWrite } from '../../../core/verb.ts';
import type { PlannedFoothold } from '../../footholds/foothold-methods.ts';
import { nodePod } from '../../footholds/node-pod.ts';
import { requireToolImage } from '../../footholds/require-tool-image.ts';

/** It is root on its node, so that it stays for minutes: what it is for takes seconds. */
const MOST_SECONDS = 600;

export const nodeVisitSeconds = ({ footholds }: Pick<ClusterEntry, 'footholds'>): number =>
  Math.min(MOST_SECONDS, Math.ceil(footholds.deadlineMs / 1000));

/** A run's pod on one node, for as long as it takes. Throws `config-invalid` without a tool image. */
export const nodeFoothold = (
  entry: ClusterEntry,
  node: string,
  names: RunNames,
): Extract<PlannedFoothold, { readonly job: unknown }> => ({
  kind: 'node pod',
  job: nodePod(
    { ...names, toolImage: requireToolImage(entry), deadlineSeconds: nodeVisitSeconds(entry) },
    { namespace: entry.footholds.nodeNamespace, node },
  ),
});

/** Writes that need a pod on the node, between its beginning and its end. */
export const fromNode = (
  entry: ClusterEntry,
  node: string,
  names: RunNames,
  step: string,
  writes: readonly WantedWrite[],
): readonly WantedWrite[] => {
  const { job } = nodeFoothold(entry, node, names);
  const { namespace, name } = job.metadata;
  const make = { action: 'make', step, kind: 'job', namespace, name, body: job } as const;
  // Found in the same plan: its text is what that makes.
  const uid = madeUid(make);
  return [
    make,
    ...writes,
    { action: 'take away', step, object: { kind: 'job', namespace, name, uid }, text: '{}' },
  ];
};
