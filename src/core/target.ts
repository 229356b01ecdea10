import { z } from 'zod';
import type { ResourcePath } from './cluster.ts';
import { WORKLOADS } from './kind.ts';
import { type ObjectKind, resourceOf } from './made-kind.ts';

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

/** Said of an object that was gone when the plan was made: what is put back then stands elsewhere. */
const presence = z.exactOptional(z.literal('gone'));

const podTargetSchema = z.strictObject({
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
  presence,
});
export type PodTarget = Readonly<z.infer<typeof podTargetSchema>>;

const objectTargetSchema = z.strictObject({
  kind: z.enum(['node', ...WORKLOADS]),
  /** Empty for a kind that lies outside every namespace. */
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  /** Its state in words: `Ready, schedulable`, `3 of 3 ready`. */
  status: z.string(),
  presence,
});
export type ObjectTarget = Readonly<z.infer<typeof objectTargetSchema>>;

/** One object that a plan is about, bound by UID. */
export const targetSchema = z.discriminatedUnion('kind', [podTargetSchema, objectTargetSchema]);
export type Target = PodTarget | ObjectTarget;

/** What names an object, whatever it is. */
export interface ObjectName {
  readonly kind: ObjectKind;
  /** Empty for a kind that lies outside every namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** `pod/x in payments`, `node/ip-10-0-1-7`. */
export const targetName = ({ kind, namespace, name }: ObjectName): string =>
  `${kind}/${name}${namespace === '' ? '' : ` in ${namespace}`}`;

/** Where objects of its kind lie, in its namespace. */
export const collectionPath = ({ kind, namespace }: Pick<ObjectName, 'kind' | 'namespace'>): ResourcePath => {
  const { group, version, resource } = resourceOf(kind);
  return { group, version, resource, ...(namespace === '' ? {} : { namespace }) };
};

export const targetPath = (object: ObjectName): ResourcePath => ({
  ...collectionPath(object),
  name: object.name,
});

/** For verbs whose only kind is the pod. Throws TypeError for another target: a verb is planned for its own kinds alone. */
export const podTarget = (target: Target): PodTarget => {
  if (target.kind === 'pod') return target;
  throw new TypeError(`${targetName(target)} is no pod`);
};
