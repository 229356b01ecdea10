import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import type { Permission } from '../../../core/permission.ts';
import { ownerReferencesSchema, type Pod } from '../../../core/pod.ts';
import { type LabelSelector, labelSelectorSchema } from '../../labels/label-selector.ts';

const metadataSchema = z.looseObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  ownerReferences: ownerReferencesSchema,
});
const controllerSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ selector: z.unknown().optional(), replicas: z.int().optional() }).optional(),
  status: z
    .looseObject({
      readyReplicas: z.int().optional(),
      numberReady: z.int().optional(),
      desiredNumberScheduled: z.int().optional(),
    })
    .optional(),
});

/** Whatever controls a pod, or controls what does. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Controller extends Owner {
  /** What it knows its pods by; undefined where it names none. */
  readonly selector: LabelSelector | undefined;
  readonly ready: number | undefined;
  readonly wanted: number | undefined;
}

/**
 * From the pod upwards. `unknown`: what controls it is of a kind that this version does not know, or may not be read.
 * `static`: kubelet runs it from a file on its node.
 */
export type ControllerLook =
  | { readonly kind: 'none' }
  | { readonly kind: 'static' }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'known'; readonly controller: Controller; readonly above: readonly Owner[] };

const RESOURCES = {
  ReplicaSet: { group: 'apps', resource: 'replicasets' },
  StatefulSet: { group: 'apps', resource: 'statefulsets' },
  DaemonSet: { group: 'apps', resource: 'daemonsets' },
  Deployment: { group: 'apps', resource: 'deployments' },
  Job: { group: 'batch', resource: 'jobs' },
  CronJob: { group: 'batch', resource: 'cronjobs' },
  ReplicationController: { group: '', resource: 'replicationcontrollers' },
} as const;
type OwnerKind = keyof typeof RESOURCES;

/** What is read to know who starts another pod. */
export const CONTROLLER_READS: readonly Permission[] = Object.values(RESOURCES).map(
  ({ group, resource }) => ({ verb: 'get', group, resource }),
);

const isKnown = (kind: string): kind is OwnerKind => Object.hasOwn(RESOURCES, kind);

type Reference = Pick<z.infer<typeof ownerReferencesSchema>[number], 'kind' | 'name'>;

const read = async (
  cluster: Pick<ClusterReader, 'get'>,
  { kind, name }: Reference,
  namespace: string,
  signal: AbortSignal,
): Promise<z.infer<typeof controllerSchema> | undefined> => {
  if (!isKnown(kind)) return undefined;
  try {
    return controllerSchema.parse(
      await cluster.get({ ...RESOURCES[kind], version: 'v1', namespace, name }, signal),
    );
  } catch (thrown) {
    if (thrown instanceof FirebreakError && (thrown.code === 'not-found' || thrown.code === 'not-allowed'))
      return undefined;
    throw thrown;
  }
};

const mapSchema = z.record(z.string(), z.string());

/** A ReplicationController selects by a map, all others by a LabelSelector. */
const selectorOf = (kind: string, selector: unknown): LabelSelector | undefined =>
  kind === 'ReplicationController'
    ? { matchLabels: mapSchema.safeParse(selector).data ?? {}, matchExpressions: [] }
    : labelSelectorSchema.safeParse(selector).data;

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/** Who controls the pod, and who controls that. */
export const controllerOf = async (
  cluster: Pick<ClusterReader, 'get'>,
  { metadata: { namespace, annotations, ownerReferences } }: Pod,
  signal: AbortSignal,
): Promise<ControllerLook> => {
  if (annotations[MIRROR_ANNOTATION] !== undefined) return { kind: 'static' };
  const reference = ownerReferences.find(({ controller }) => controller);
  if (reference === undefined) return { kind: 'none' };
  const found = await read(cluster, reference, namespace, signal);
  if (found === undefined) return { kind: 'unknown', name: `${reference.kind}/${reference.name}` };
  const { metadata, spec, status } = found;
  const { labels, annotations: own } = metadata;
  const next = metadata.ownerReferences.find(({ controller }) => controller);
  const above = next === undefined ? undefined : await read(cluster, next, namespace, signal);
  return {
    kind: 'known',
    controller: {
      ...{ kind: reference.kind, name: reference.name, labels, annotations: own },
      selector: selectorOf(reference.kind, spec?.selector),
      ready: status?.readyReplicas ?? status?.numberReady,
      wanted: spec?.replicas ?? status?.desiredNumberScheduled,
    },
    above:
      next === undefined
        ? []
        : [
            {
              ...{ kind: next.kind, name: next.name },
              labels: above?.metadata.labels ?? {},
              annotations: above?.metadata.annotations ?? {},
            },
          ],
  };
};
