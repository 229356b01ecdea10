import { z } from 'zod';
import type { ClusterReader, ResourcePath } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { KINDS, type Kind } from '../core/kind.ts';
import { nearest } from '../core/nearest.ts';
import type { ObjectMetadata } from './read-object.ts';
import { readMetadata } from './read-object.ts';

export type FoundObject =
  | {
      readonly kind: 'found';
      readonly metadata: ObjectMetadata;
      readonly raw: unknown;
      readonly lookedUp: 'given' | 'looked up';
    }
  | { readonly kind: 'several'; readonly namespaces: readonly string[] };

export interface WantedObject {
  readonly kind: Kind;
  readonly name: string;
  /** Left out: every allowed one is looked into. Meaningless for what lies outside every namespace. */
  readonly namespace?: string;
}

const pathOf = (kind: Kind): ResourcePath => ({
  group: KINDS[kind].group,
  version: 'v1',
  resource: KINDS[kind].resource,
});

const isNotFound = (thrown: unknown): boolean =>
  thrown instanceof FirebreakError && thrown.code === 'not-found';

const getOne = async (
  reader: ClusterReader,
  path: ResourcePath,
  signal: AbortSignal,
): Promise<readonly unknown[]> => {
  try {
    return [await reader.get(path, signal)];
  } catch (thrown) {
    if (isNotFound(thrown)) return [];
    throw thrown;
  }
};

/**
 * Looks an object up by name: in the namespace that was given, otherwise in every allowed one. Only allowed namespaces
 * are read. Throws `not-found` with the nearest name, `policy-refused` for a namespace that is not allowed.
 */
export const findObject = async (
  reader: ClusterReader,
  entry: ClusterEntry,
  wanted: WantedObject,
  signal: AbortSignal,
): Promise<FoundObject> => {
  const { kind, name, namespace } = wanted;
  const path = pathOf(kind);
  if (KINDS[kind].scope === 'cluster') {
    const [raw] = await getOne(reader, { ...path, name }, signal);
    if (raw === undefined) throw await nothingFound(reader, entry, wanted, [], signal);
    return { kind: 'found', raw, metadata: readMetadata(raw, kind), lookedUp: 'given' };
  }
  if (namespace !== undefined && entry.namespaces.length > 0 && !entry.namespaces.includes(namespace))
    throw new FirebreakError({
      code: 'policy-refused',
      message: `The namespace ${namespace} of ${entry.name} may not be used.`,
      next: `Allowed are: ${entry.namespaces.join(', ')}.`,
    });
  const places = namespace === undefined ? entry.namespaces : [namespace];
  const hits =
    places.length === 0
      ? await reader.list(path, { fieldSelector: `metadata.name=${name}` }, signal)
      : (
          await Promise.all(
            places.map((place) => getOne(reader, { ...path, namespace: place, name }, signal)),
          )
        ).flat();
  const [raw, ...more] = hits;
  if (raw === undefined) throw await nothingFound(reader, entry, wanted, places, signal);
  const metadata = readMetadata(raw, kind);
  return more.length === 0
    ? { kind: 'found', raw, metadata, lookedUp: namespace === undefined ? 'looked up' : 'given' }
    : {
        kind: 'several',
        namespaces: [metadata, ...more.map((other) => readMetadata(other, kind))].map((one) => one.namespace),
      };
};

/** At most this many namespaces are listed to find a near name: the person waits. */
const MAX_NAMESPACES_TO_LIST = 5;

const placeText = (kind: Kind, places: readonly string[]): string => {
  if (KINDS[kind].scope === 'cluster') return '';
  if (places.length === 0) return ' in any namespace';
  return ` in the namespace${places.length > 1 ? 's' : ''} ${places.join(', ')}`;
};

const nothingFound = async (
  reader: ClusterReader,
  entry: ClusterEntry,
  { kind, name }: WantedObject,
  places: readonly string[],
  signal: AbortSignal,
): Promise<FirebreakError> => {
  const near = await nearObject(reader, kind, name, places, signal);
  return new FirebreakError({
    code: 'not-found',
    message: `There is no ${kind} ${name}${placeText(kind, places)} of ${entry.name}.`,
    next:
      near === undefined
        ? `Check its name${KINDS[kind].scope === 'cluster' ? '' : ' and namespace'}: a ${kind} that was replaced has a new one.`
        : `Did you mean \`${kind}/${near.name}${near.namespace === '' ? '' : ` -n ${near.namespace}`}\`?`,
  });
};

const namedSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
});

/** The object of the nearest name. A hint: where nothing may be listed, or the API server fails, there is none. */
const nearObject = async (
  reader: ClusterReader,
  kind: Kind,
  name: string,
  places: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly namespace: string } | undefined> => {
  const path = pathOf(kind);
  const lists = places.length === 0 ? [path] : places.map((namespace) => ({ ...path, namespace }));
  try {
    const listed = await Promise.all(
      lists.slice(0, MAX_NAMESPACES_TO_LIST).map((each) => reader.list(each, {}, signal)),
    );
    const objects = listed.flat().flatMap((raw) => namedSchema.safeParse(raw).data?.metadata ?? []);
    const near = nearest(
      name,
      objects.map((object) => object.name),
    );
    return objects.find((object) => object.name === near);
  } catch (thrown) {
    if (thrown instanceof FirebreakError) return undefined;
    throw thrown;
  }
};
