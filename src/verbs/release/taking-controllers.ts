import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { ownerReferencesSchema } from '../../core/pod.ts';
import {
  type LabelSelector,
  type Labels,
  labelSelectorSchema,
  selectorMatches,
} from '../labels/label-selector.ts';
import { listAllowed } from '../list-allowed.ts';

const KINDS = {
  ReplicaSet: { group: 'apps', resource: 'replicasets' },
  StatefulSet: { group: 'apps', resource: 'statefulsets' },
  DaemonSet: { group: 'apps', resource: 'daemonsets' },
  Job: { group: 'batch', resource: 'jobs' },
} as const;
export type TakingKind = keyof typeof KINDS;

const schema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
    ownerReferences: ownerReferencesSchema,
  }),
  spec: z.looseObject({
    selector: labelSelectorSchema.optional(),
    replicas: z.int().optional(),
    parallelism: z.int().optional(),
  }),
});

/** A controller that selects a pod by labels. */
export interface TakingController {
  readonly kind: TakingKind;
  readonly name: string;
  readonly uid: string;
  readonly selector: LabelSelector;
  /** How many pods it wants; undefined where its nodes decide. */
  readonly wanted: number | undefined;
  /** UIDs of the ReplicaSets of the same owner, itself among them. */
  readonly related: ReadonlySet<string>;
}

const WANTED = {
  ReplicaSet: ({ replicas }) => replicas ?? 1,
  StatefulSet: ({ replicas }) => replicas ?? 1,
  DaemonSet: () => undefined,
  Job: ({ parallelism }) => parallelism ?? 1,
} as const satisfies Record<TakingKind, (spec: z.infer<typeof schema>['spec']) => number | undefined>;

/** A StatefulSet takes pods that are named after it alone. Source: Kubernetes, statefulset getParentNameAndOrdinal. */
const couldTake = (kind: TakingKind, name: string, pod: string): boolean =>
  kind !== 'StatefulSet' || /^(.*)-\d+$/.exec(pod)?.[1] === name;

const all = Object.keys(KINDS) as readonly TakingKind[];

/**
 * Those that would adopt a pod of nobody once it has these labels; or the kinds that may not be listed, of which nobody
 * knows it.
 */
export const takingControllers = async (
  cluster: Pick<ClusterReader, 'list'>,
  pod: { readonly namespace: string; readonly name: string; readonly labels: Labels },
  signal: AbortSignal,
): Promise<{ readonly found: readonly TakingController[]; readonly unread: readonly TakingKind[] }> => {
  const { namespace, name: podName, labels } = pod;
  const read = await Promise.all(
    all.map(async (kind) => {
      const items = await listAllowed(cluster, { ...KINDS[kind], namespace }, {}, signal);
      return { kind, items: items === 'not allowed' ? items : z.array(schema).parse(items) };
    }),
  );
  const found = read.flatMap(({ kind, items }): readonly TakingController[] => {
    if (items === 'not allowed') return [];
    return items.flatMap(({ metadata, spec }) => {
      const { name, uid, deletionTimestamp, ownerReferences } = metadata;
      const { selector } = spec;
      if (selector === undefined || deletionTimestamp !== undefined) return [];
      if (!selectorMatches(selector, labels) || !couldTake(kind, name, podName)) return [];
      const owner = ownerReferences.find(({ controller }) => controller)?.uid;
      const siblings = items.filter(
        (one) => owner !== undefined && one.metadata.ownerReferences.some(({ uid: of }) => of === owner),
      );
      const related = new Set([uid, ...siblings.map((one) => one.metadata.uid)]);
      return [{ kind, name, uid, selector, wanted: WANTED[kind](spec), related }];
    });
  });
  return { found, unread: read.flatMap(({ kind, items }) => (items === 'not allowed' ? [kind] : [])) };
};
