import { z } from 'zod';

const capabilitiesSchema = z.object({
  add: z.array(z.string()).exactOptional(),
  drop: z.array(z.string()).exactOptional(),
});
export type Capabilities = Readonly<z.infer<typeof capabilitiesSchema>>;

const securitySchema = z
  .looseObject({
    runAsUser: z.int().nonnegative(),
    runAsGroup: z.int().nonnegative(),
    runAsNonRoot: z.boolean(),
    privileged: z.boolean(),
    capabilities: capabilitiesSchema,
  })
  .partial();

const podSchema = z.looseObject({
  spec: z.looseObject({
    securityContext: securitySchema.nullish(),
    containers: z.array(z.looseObject({ name: z.string(), securityContext: securitySchema.nullish() })),
  }),
  status: z
    .looseObject({
      containerStatuses: z
        .array(
          z.looseObject({
            name: z.string(),
            user: z.looseObject({ linux: z.looseObject({ uid: z.int(), gid: z.int() }).nullish() }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** Whom a container runs as, as far as the API tells. What an image says of its user is not in the API. */
export interface TargetUser {
  readonly uid?: number;
  readonly gid?: number;
  /** Kubelet refuses to start a container of this pod as root. */
  readonly nonRoot: 'required' | 'not required';
  readonly privileged: 'yes' | 'no';
  readonly capabilities?: Capabilities;
}

/**
 * Reads it from a pod as the API server sent it. The runtime's own word comes first (`containerStatuses[].user`, KEP-3619,
 * since Kubernetes 1.31), then the container's security context, then the pod's.
 */
export const targetUser = (pod: unknown, container: string): TargetUser => {
  const { spec, status } = podSchema.parse(pod);
  const own = spec.containers.find(({ name }) => name === container)?.securityContext ?? {};
  const ofPod = spec.securityContext ?? {};
  const linux = status?.containerStatuses?.find(({ name }) => name === container)?.user?.linux;
  const uid = linux?.uid ?? own.runAsUser ?? ofPod.runAsUser;
  const gid = linux?.gid ?? own.runAsGroup ?? ofPod.runAsGroup;
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    nonRoot: (own.runAsNonRoot ?? ofPod.runAsNonRoot) === true ? 'required' : 'not required',
    privileged: own.privileged === true ? 'yes' : 'no',
    ...(own.capabilities === undefined ? {} : { capabilities: own.capabilities }),
  };
};
