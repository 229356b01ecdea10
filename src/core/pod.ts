import { z } from 'zod';
import type { PlannedContainer } from './target.ts';

const stateSchema = z
  .looseObject({ running: z.unknown(), waiting: z.unknown(), terminated: z.unknown() })
  .partial();

const containerStatusSchema = z.looseObject({
  name: z.string(),
  containerID: z.string().default(''),
  restartCount: z.int().nonnegative().default(0),
  image: z.string().default(''),
  imageID: z.string().default(''),
  ready: z.boolean().default(false),
  state: stateSchema.default({}),
  lastState: stateSchema.default({}),
});

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string().default(''),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
  livenessProbe: z.unknown().optional(),
});

export const ownerReferencesSchema = z
  .array(
    z.looseObject({
      apiVersion: z.string(),
      kind: z.string(),
      name: z.string(),
      uid: z.string(),
      controller: z.boolean().default(false),
    }),
  )
  .default([]);

/** The parts of a v1 Pod that Firebreak reads; everything else is kept as it came. Source: Kubernetes API v1, Pod. */
export const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: ownerReferencesSchema,
  }),
  spec: z.looseObject({
    nodeName: z.string().default(''),
    serviceAccountName: z.string().default('default'),
    hostNetwork: z.boolean().default(false),
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).default([]),
    volumes: z
      .array(
        z.looseObject({
          name: z.string(),
          secret: z.unknown().optional(),
          projected: z.unknown().optional(),
        }),
      )
      .default([]),
  }),
  status: z.looseObject({
    phase: z.string().default('Unknown'),
    podIP: z.string().default(''),
    containerStatuses: z.array(containerStatusSchema).default([]),
    initContainerStatuses: z.array(containerStatusSchema).default([]),
  }),
});
export type Pod = z.infer<typeof podSchema>;

const stateOf = (state: z.infer<typeof stateSchema>): PlannedContainer['state'] =>
  state.running !== undefined
    ? 'running'
    : state.waiting !== undefined
      ? 'waiting'
      : state.terminated !== undefined
        ? 'terminated'
        : 'unknown';

/** The runtime puts the digest behind `@`, or gives the image's id alone: `sha256:…`. Empty while nothing was pulled. */
const digestOf = (imageId: string): string => /sha256:[0-9a-f]{64}/.exec(imageId)?.[0] ?? '';

/** The pod's containers as a plan binds them, init containers left out: nothing runs in them any more. */
export const containersOf = (pod: Pod): readonly PlannedContainer[] =>
  pod.spec.containers.map((container) => {
    const status = pod.status.containerStatuses.find(({ name }) => name === container.name);
    return {
      name: container.name,
      id: status?.containerID ?? '',
      restartCount: status?.restartCount ?? 0,
      state: stateOf(status?.state ?? {}),
      image: container.image,
      imageDigest: digestOf(status?.imageID ?? ''),
    };
  });

/** Mount points of Secrets and of projected volumes, which hold service-account tokens: their content stays where it is. */
export const secretMountsOf = (pod: Pod, container: string): readonly string[] => {
  const secret = new Set(
    pod.spec.volumes
      .filter((volume) => volume.secret !== undefined || volume.projected !== undefined)
      .map(({ name }) => name),
  );
  const mounts = pod.spec.containers.find(({ name }) => name === container)?.volumeMounts ?? [];
  return mounts.filter(({ name }) => secret.has(name)).map(({ mountPath }) => mountPath);
};
