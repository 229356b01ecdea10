import { z } from 'zod';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CheckedCluster } from './checked-world.ts';
import type { Field, Leaf } from './read-database.ts';

/** One PATCH as the cluster saw it. */
export interface LoggedPatch {
  readonly request: RecordedRequest;
  readonly mode: 'dry run' | 'for real';
  /** The body in canonical form; what it is, when it is no JSON. */
  readonly body: string;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  /** Every leaf beside those two, with what it shall be. */
  readonly wanted: readonly Pick<Field, 'path' | 'after'>[];
  /** Set when it was carried out: the object in the state to which the PATCH was bound, and in the next one. */
  readonly done?: { readonly at: Date; readonly before: unknown; readonly after: unknown };
}

const bodySchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string().optional(), resourceVersion: z.string().optional() }).optional(),
});

const leavesOf = (value: unknown, path: readonly string[]): readonly Pick<Field, 'path' | 'after'>[] => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null)
    return [{ path: [...path], after: value }];
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, below]) => leavesOf(below, [...path, key]));
  throw new Error(`${path.join('.')} is neither a leaf nor a tree`);
};

/** The leaf of an object; `null` where there is none, and for `false`, which a server leaves out. */
export const leafOf = (object: unknown, path: readonly string[]): Leaf => {
  const value = path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null
        ? Object.entries(at).find(([name]) => name === key)?.[1]
        : undefined,
    object,
  );
  return typeof value === 'string' || value === true ? value : null;
};

/** Two values of a leaf that mean the same. */
export const sameLeaf = (one: Leaf, other: Leaf): boolean =>
  (one === false ? null : one) === (other === false ? null : other);

/** Every PATCH in the cluster's own log, oldest first. */
export const patchLog = ({ requests, history }: CheckedCluster): readonly LoggedPatch[] =>
  requests
    .filter(({ method }) => method === 'PATCH')
    .map((request) => {
      const parsed: unknown = JSON.parse(request.body ?? 'null');
      const { uid, resourceVersion } = bodySchema.parse(parsed).metadata ?? {};
      const states = history.filter(
        ({ object: { metadata }, key: { resource } }) =>
          resource === request.resource &&
          metadata.name === request.name &&
          (metadata.namespace ?? '') === request.namespace,
      );
      const mode = new URL(request.path, 'https://cluster.invalid').searchParams.has('dryRun')
        ? 'dry run'
        : 'for real';
      const bound = states.findIndex(({ object }) => object.metadata.resourceVersion === resourceVersion);
      const [before, after] = bound < 0 ? [] : states.slice(bound, bound + 2);
      const carriedOut = mode === 'for real' && request.status !== undefined && request.status < 300;
      return {
        ...{ request, mode, uid, resourceVersion },
        body: canonicalJson(parsed),
        wanted: leavesOf(parsed, []).filter(
          ({ path }) => !['metadata.uid', 'metadata.resourceVersion'].includes(path.join('.')),
        ),
        ...(carriedOut
          ? {
              done: {
                at: after?.at ?? request.at,
                before: before?.object,
                after: after?.object,
              },
            }
          : {}),
      };
    });
