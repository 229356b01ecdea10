import { z } from 'zod';
import type { KubeObject } from '../api/kube-object.ts';

const managedSchema = z.object({
  ...{ manager: z.string().default('unknown'), operation: z.string(), apiVersion: z.string() },
  ...{ time: z.string().exactOptional(), fieldsType: z.string(), fieldsV1: z.unknown() },
  subresource: z.string().exactOptional(),
});
const ownerSchema = z.looseObject({
  ...{ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() },
  ...{ controller: z.boolean().exactOptional(), blockOwnerDeletion: z.boolean().exactOptional() },
});
const textsSchema = z.record(z.string(), z.string());
const metadataSchema = z.looseObject({
  name: z.string().default(''),
  ...{ generateName: z.string().exactOptional(), namespace: z.string().exactOptional() },
  ...{ uid: z.string().exactOptional(), resourceVersion: z.string().exactOptional() },
  ...{ generation: z.number().exactOptional(), creationTimestamp: z.string().exactOptional() },
  ...{
    deletionTimestamp: z.string().exactOptional(),
    deletionGracePeriodSeconds: z.number().exactOptional(),
  },
  ...{ labels: textsSchema.exactOptional(), annotations: textsSchema.exactOptional() },
  ...{
    finalizers: z.array(z.string()).exactOptional(),
    ownerReferences: z.array(ownerSchema).exactOptional(),
  },
  managedFields: z.array(managedSchema).exactOptional(),
});
const objectSchema = z.looseObject({
  ...{ apiVersion: z.string(), kind: z.string(), metadata: metadataSchema.prefault({}) },
});

const METADATA_THAT_MAY_BE_NULL = ['creationTimestamp', 'labels', 'annotations', 'managedFields'] as const;

const withoutNulls = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const metadata: unknown = Reflect.get(value, 'metadata');
  if (typeof metadata !== 'object' || metadata === null) return value;
  const kept = Object.entries(metadata).filter(
    ([key, one]) => one !== null || !METADATA_THAT_MAY_BE_NULL.some((name) => name === key),
  );
  return { ...value, metadata: Object.fromEntries(kept) };
};

/** A JSON value as an object of the API; undefined when its metadata has not the types that every object has. */
export const objectFrom = (value: unknown): KubeObject | undefined =>
  objectSchema.safeParse(withoutNulls(value)).data;
