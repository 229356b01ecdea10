import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { ObjectKind } from '../core/made-kind.ts';
import type { Pod } from '../core/pod.ts';
import { podSchema } from '../core/pod.ts';

const strings = z.record(z.string(), z.string()).default({});

const metadataSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    /** Absent on what lies outside every namespace. */
    namespace: z.string().default(''),
    uid: z.string(),
    resourceVersion: z.string().default(''),
    deletionTimestamp: z.string().optional(),
    labels: strings,
    annotations: strings,
    managedFields: z.array(z.looseObject({ manager: z.string().default('') })).default([]),
  }),
});
export type ObjectMetadata = z.infer<typeof metadataSchema>['metadata'];

const misshapen = (what: string, cause: unknown): FirebreakError =>
  new FirebreakError({
    code: 'cluster-answer',
    message: `The API server sent a ${what} that does not have the shape of one.`,
    next: 'Check that the cluster entry points to a Kubernetes API server.',
    cause,
  });

/** The metadata of any object as the API server sent it, checked. Throws `cluster-answer`. */
export const readMetadata = (raw: unknown, kind: ObjectKind): ObjectMetadata => {
  const parsed = metadataSchema.safeParse(raw);
  if (parsed.success) return parsed.data.metadata;
  throw misshapen(kind, parsed.error);
};

/** A pod as the API server sent it, checked. Throws `cluster-answer`. */
export const readPod = (raw: unknown): Pod => {
  const parsed = podSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw misshapen('v1 Pod', parsed.error);
};
