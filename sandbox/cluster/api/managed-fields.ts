import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { KubeObject } from './kube-object.ts';

const entriesSchema = z.array(z.looseObject({ manager: z.string(), operation: z.string() })).catch([]);

type Tree = { [key: string]: Tree };

const members = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};

/** What differs, in the notation of FieldsV1; lists as a whole. */
const changed = (before: unknown, after: unknown): Tree => {
  const [old, now] = [members(before), members(after)];
  const tree: Tree = {};
  for (const [key, value] of Object.entries(now))
    if (!isDeepStrictEqual(old[key], value)) tree[`f:${key}`] = changed(old[key], value);
  return tree;
};

/** The object with an entry that says which fields this manager wrote; its earlier entry is replaced. */
export function managed(before: KubeObject, after: KubeObject, manager: string, now: Date): KubeObject {
  const { managedFields, ...metadata } = after.metadata as KubeObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  const others = entriesSchema
    .parse(managedFields ?? [])
    .filter((entry) => entry.manager !== manager || entry.operation !== 'Update');
  const entry = {
    ...{ manager, operation: 'Update', apiVersion: after.apiVersion },
    time: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    ...{ fieldsType: 'FieldsV1', fieldsV1: changed(before, after) },
  };
  const owned = { ...metadata, managedFields: [...others, entry] };
  return { ...after, metadata: owned };
}
