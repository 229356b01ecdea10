import { z } from 'zod';
import type { RestartCounts } from '../../../core/proof.ts';

const portSchema = z.looseObject({
  name: z.string().default(''),
  containerPort: z.int(),
  protocol: z.string().default('TCP'),
});

const containersSchema = z.array(
  z.looseObject({
    name: z.string(),
    ports: z.array(portSchema).default([]),
    livenessProbe: z.unknown().optional(),
    readinessProbe: z.unknown().optional(),
    startupProbe: z.unknown().optional(),
  }),
);

const statusesSchema = z
  .array(z.looseObject({ name: z.string(), restartCount: z.int().nonnegative().default(0) }))
  .default([]);

const addressesSchema = z.array(z.looseObject({ ip: z.string() })).default([]);

/** The parts of a v1 Pod that the proof needs. An init container that restarts always is a sidecar, with ports and probes. */
export const provenPodSchema = z.looseObject({
  metadata: z.looseObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  spec: z.looseObject({
    nodeName: z.string().default(''),
    hostNetwork: z.boolean().default(false),
    containers: containersSchema,
    initContainers: containersSchema.default([]),
  }),
  status: z.looseObject({
    hostIP: z.string().default(''),
    hostIPs: addressesSchema,
    podIP: z.string().default(''),
    podIPs: addressesSchema,
    containerStatuses: statusesSchema,
    initContainerStatuses: statusesSchema,
  }),
});
export type ProvenPod = z.infer<typeof provenPodSchema>;

export const containersOf = ({ spec }: Pick<ProvenPod, 'spec'>): ProvenPod['spec']['containers'] => [
  ...spec.containers,
  ...spec.initContainers,
];

/** A pod's addresses, of both families where it has them. */
export const addressesOf = ({ status }: Pick<ProvenPod, 'status'>): readonly string[] => {
  const all = [status.podIP, ...status.podIPs.map(({ ip }) => ip)].filter((ip) => ip !== '');
  return [...new Set(all)];
};

/** The node's own addresses as the kubelet reports them; its probes come from there. */
export const nodeAddressesOf = ({ status }: Pick<ProvenPod, 'status'>): readonly string[] => {
  const all = [status.hostIP, ...status.hostIPs.map(({ ip }) => ip)].filter((ip) => ip !== '');
  return [...new Set(all)];
};

/** Restart counts by container. */
export const restartsOf = ({ status }: Pick<ProvenPod, 'status'>): RestartCounts =>
  Object.fromEntries(
    [...status.containerStatuses, ...status.initContainerStatuses].map(({ name, restartCount }) => [
      name,
      restartCount,
    ]),
  );
