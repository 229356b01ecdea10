import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { ownerReferencesSchema } from '../../core/pod.ts';
import { listed } from '../changes/change-words.ts';
import { listAllowed } from '../list-allowed.ts';
import {
  type LabelSelector,
  type Labels,
  labelSelectorSchema,
  selectorMatches,
  serviceMatches,
} from './label-selector.ts';
import { controllerRisks } from './pod-controllers.ts';

/** Labels as they are and as they shall be. */
export interface Relabelled {
  readonly before: Labels;
  readonly after: Labels;
}

const metadataSchema = z.looseObject({ name: z.string(), uid: z.string().default('') });
const serviceSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ selector: z.record(z.string(), z.string()).nullish() }),
});
const policySchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ podSelector: labelSelectorSchema }),
});
/** Of a PodDisruptionBudget without a selector nothing is selected, by an empty one everything (policy/v1). */
const selectingSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ selector: labelSelectorSchema.nullish() }),
});

interface Selecting {
  readonly name: string;
  readonly uid: string;
  readonly selects: (labels: Labels) => boolean;
}

const bySelector = (
  { metadata }: { readonly metadata: z.infer<typeof metadataSchema> },
  selector: LabelSelector | null | undefined,
): Selecting => ({
  ...{ name: metadata.name, uid: metadata.uid },
  selects: (labels) => selector !== null && selector !== undefined && selectorMatches(selector, labels),
});

const readSelecting = (raw: unknown): Selecting => {
  const parsed = selectingSchema.parse(raw);
  return bySelector(parsed, parsed.spec.selector);
};

const SELECTING = {
  Service: {
    ...{ group: '', resource: 'services' },
    read: (raw: unknown): Selecting => {
      const { metadata, spec } = serviceSchema.parse(raw);
      const { name, uid } = metadata;
      return { name, uid, selects: (labels) => serviceMatches(spec.selector, labels) };
    },
  },
  NetworkPolicy: {
    ...{ group: 'networking.k8s.io', resource: 'networkpolicies' },
    read: (raw: unknown): Selecting => {
      const parsed = policySchema.parse(raw);
      return bySelector(parsed, parsed.spec.podSelector);
    },
  },
  PodDisruptionBudget: { group: 'policy', resource: 'poddisruptionbudgets', read: readSelecting },
  ReplicaSet: { group: 'apps', resource: 'replicasets', read: readSelecting },
  StatefulSet: { group: 'apps', resource: 'statefulsets', read: readSelecting },
  DaemonSet: { group: 'apps', resource: 'daemonsets', read: readSelecting },
  Job: { group: 'batch', resource: 'jobs', read: readSelecting },
} as const;
type SelectingKind = keyof typeof SELECTING;

const kindsOfSelecting = Object.keys(SELECTING) as readonly SelectingKind[];
const CONTROLLERS = ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'] as const satisfies SelectingKind[];

const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), ownerReferences: ownerReferencesSchema }),
});

/** Who starts or stops selecting a pod when its labels change, in words and by name; what may not be read is named. */
export const podRisks = async (
  cluster: ClusterReader,
  pod: { readonly object: unknown; readonly namespace: string },
  { before, after }: Relabelled,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { metadata } = podSchema.parse(pod.object);
  const { namespace } = pod;
  const read = await Promise.all(
    kindsOfSelecting.map(async (kind) => {
      const { group, resource, read: parse } = SELECTING[kind];
      const items = await listAllowed(cluster, { group, resource, namespace }, {}, signal);
      if (items === 'not allowed') return { kind, found: 'not read' } as const;
      const found = items.map(parse).map(({ name, uid, selects }) => ({
        ...{ kind, name, uid },
        before: selects(before) ? ('selects' as const) : ('does not' as const),
        after: selects(after) ? ('selects' as const) : ('does not' as const),
      }));
      return { kind, found } as const;
    }),
  );
  const all = read.flatMap(({ found }) => (found === 'not read' ? [] : found));
  const of = (kind: SelectingKind) => all.filter((one) => one.kind === kind);
  const names = (kind: SelectingKind, change: 'starts' | 'stops') =>
    of(kind)
      .filter((one) => one.before !== one.after && (one.after === 'selects') === (change === 'starts'))
      .map(({ name }) => `${kind}/${name}`);
  const said = (found: readonly string[], one: string, many: string): readonly string[] =>
    found.length === 0 ? [] : [`${listed(found)} ${found.length === 1 ? one : many}.`];
  const freed = of('NetworkPolicy').every((one) => one.after === 'does not');
  const unread = read.flatMap(({ kind, found }) => (found === 'not read' ? [`${kind}s`] : []));
  return [
    ...controllerRisks(
      CONTROLLERS.flatMap((kind) => of(kind)),
      { name: metadata.name, controller: metadata.ownerReferences.find(({ controller }) => controller)?.uid },
    ),
    ...said(names('Service', 'stops'), 'stops sending traffic to it', 'stop sending traffic to it'),
    ...said(names('Service', 'starts'), 'starts sending traffic to it', 'start sending traffic to it'),
    ...said(
      names('NetworkPolicy', 'stops'),
      `no longer applies to it${freed ? ', and no other does: all its traffic is allowed then' : ''}`,
      `no longer apply to it${freed ? ', and no other does: all its traffic is allowed then' : ''}`,
    ),
    ...said(names('NetworkPolicy', 'starts'), 'starts to apply to it', 'start to apply to it'),
    ...said(
      names('PodDisruptionBudget', 'stops'),
      'no longer counts it: an eviction is not held back by it',
      'no longer count it: an eviction is not held back by them',
    ),
    ...said(names('PodDisruptionBudget', 'starts'), 'starts to count it', 'start to count it'),
    ...(unread.length === 0
      ? []
      : [`Not looked at for what they select, since Firebreak may not list them: ${listed(unread, 9)}.`]),
  ];
};
