import { z } from 'zod';
import { FIELD_MANAGER } from './marks.ts';
import type { Writer } from './proof-round.ts';
import { isStructure } from './structure.ts';

const managedSchema = z.looseObject({
  metadata: z.looseObject({
    managedFields: z
      .array(
        z.looseObject({
          manager: z.string().default(''),
          time: z.string().default(''),
          subresource: z.string().default(''),
          fieldsV1: z.unknown(),
        }),
      )
      .default([]),
  }),
});
type Entry = z.infer<typeof managedSchema>['metadata']['managedFields'][number];

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether an entry holds the field: `{"f:metadata": {"f:labels": {"f:quarantine": {}}}}`. */
const holds = ({ fieldsV1 }: Entry, path: readonly string[]): boolean =>
  isStructure(path) ||
  path.reduce<unknown>(
    (at, key) => (isTree(at) && Object.hasOwn(at, `f:${key}`) ? Reflect.get(at, `f:${key}`) : undefined),
    fieldsV1,
  ) !== undefined;

/**
 * Who last wrote a field that stands otherwise than Firebreak left it, and when, by the newest entry of
 * `metadata.managedFields`. A field that was removed is held by nobody: then who else wrote anything since `since`, which
 * is only likely to be the one. What controllers report under `status` is left out. The names are what clients call
 * themselves: one may call itself firebreak. Undefined where nobody is named. Source: Kubernetes, "Server-Side Apply",
 * section "Field management".
 */
export const lastWriter = (object: unknown, path: readonly string[], since?: Date): Writer | undefined => {
  const read = managedSchema.safeParse(object);
  if (!read.success) return undefined;
  const writers = read.data.metadata.managedFields
    .filter(({ time, subresource }) => subresource !== 'status' && !Number.isNaN(Date.parse(time)))
    .sort((one, other) => Date.parse(other.time) - Date.parse(one.time));
  const others = writers.filter(({ manager }) => manager !== FIELD_MANAGER);
  // Of a whole object that Firebreak made, its own entry says nothing.
  const holder = (isStructure(path) ? others : writers).find((entry) => holds(entry, path));
  if (holder !== undefined) return { manager: holder.manager, at: holder.time, wrote: 'this field' };
  const [newest] = others;
  // Times in managedFields are whole seconds.
  if (newest === undefined || (since !== undefined && Date.parse(newest.time) < since.getTime() - 1000))
    return undefined;
  return { manager: newest.manager, at: newest.time, wrote: 'the object' };
};
