import { z } from 'zod';

/** A container as it was when the plan was made; `id` is the runtime's, empty while it never ran. */
export const plannedContainerSchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  restartCount: z.int().nonnegative(),
  state: z.enum(['running', 'waiting', 'terminated', 'unknown']),
  image: z.string(),
  imageDigest: z.string(),
});
export type PlannedContainer = Readonly<z.infer<typeof plannedContainerSchema>>;

/** One object that a plan is about, bound by UID. */
export const targetSchema = z.strictObject({
  kind: z.literal('pod'),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  phase: z.string(),
  node: z.string(),
  serviceAccount: z.string(),
  /** From the pod upwards: `ReplicaSet/checkout-5d`, `Deployment/checkout`. */
  owners: z.array(z.string()).readonly(),
  containers: z.array(plannedContainerSchema).readonly(),
});
export type Target = Readonly<z.infer<typeof targetSchema>>;

export const targetName = (target: Pick<Target, 'kind' | 'namespace' | 'name'>): string =>
  `${target.kind}/${target.name} in ${target.namespace}`;
