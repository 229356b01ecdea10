import { z } from 'zod';
import type { ClusterReader, ResourcePath } from '../core/cluster.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { nearest } from '../core/nearest.ts';
import type { Pod } from '../core/pod.ts';
import { podSchema } from '../core/pod.ts';

export type FoundPod =
  | {
      readonly kind: 'found';
      readonly pod: Pod;
      readonly raw: unknown;
      readonly lookedUp: 'given' | 'looked up';
    }
  | { readonly kind: 'several'; readonly namespaces: readonly string[] };

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;

const notFound = (message: string, next: string): FirebreakError =>
  new FirebreakError({ code: 'not-found', message, next });

/** A pod as the API server sent it, checked. A wrong shape is an error of the cluster's, with the path that was read. */
export const readPod = (raw: unknown): Pod => {
  const parsed = podSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new FirebreakError({
    code: 'cluster-answer',
    message: 'The API server sent a pod that does not have the shape of a v1 Pod.',
    next: 'Check that the cluster entry points to a Kubernetes API server.',
    cause: parsed.error,
  });
};

const isNotFound = (thrown: unknown): boolean =>
  thrown instanceof FirebreakError && thrown.code === 'not-found';

const getPod = async (
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
 * Looks a pod up by name: in the namespace that was given, otherwise in every allowed one. Only allowed namespaces are
 * read. Throws `not-found` with the nearest name, `policy-refused` for a namespace that is not allowed.
 */
export const findPod = async (
  reader: ClusterReader,
  entry: ClusterEntry,
  name: string,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<FoundPod> => {
  if (namespace !== undefined && entry.namespaces.length > 0 && !entry.namespaces.includes(namespace))
    throw new FirebreakError({
      code: 'policy-refused',
      message: `The namespace ${namespace} of ${entry.name} may not be used.`,
      next: `Allowed are: ${entry.namespaces.join(', ')}.`,
    });
  const places = namespace === undefined ? entry.namespaces : [namespace];
  const hits =
    places.length === 0
      ? await reader.list(PODS, { fieldSelector: `metadata.name=${name}` }, signal)
      : (
          await Promise.all(
            places.map((place) => getPod(reader, { ...PODS, namespace: place, name }, signal)),
          )
        ).flat();
  const [raw, ...more] = hits;
  if (raw === undefined) throw await nothingFound(reader, entry, name, places, signal);
  const pod = readPod(raw);
  return more.length === 0
    ? { kind: 'found', pod, raw, lookedUp: namespace === undefined ? 'looked up' : 'given' }
    : { kind: 'several', namespaces: [pod, ...more.map(readPod)].map(({ metadata }) => metadata.namespace) };
};

/** At most this many namespaces are listed to find a near name: the person waits. */
const MAX_NAMESPACES_TO_LIST = 5;

const nothingFound = async (
  reader: ClusterReader,
  entry: ClusterEntry,
  name: string,
  places: readonly string[],
  signal: AbortSignal,
): Promise<FirebreakError> => {
  const where =
    places.length === 0
      ? 'any namespace'
      : `the namespace${places.length > 1 ? 's' : ''} ${places.join(', ')}`;
  const message = `There is no pod ${name} in ${where} of ${entry.name}.`;
  const near = await nearPod(reader, name, places, signal);
  return notFound(
    message,
    near === undefined
      ? 'Check its name and namespace: a pod that was replaced has a new one.'
      : `Did you mean \`pod/${near.name} -n ${near.namespace}\`?`,
  );
};

const namedSchema = z.looseObject({ metadata: z.looseObject({ name: z.string(), namespace: z.string() }) });

/** The pod of the nearest name. A hint: where nothing may be listed, or the API server fails, there is none. */
const nearPod = async (
  reader: ClusterReader,
  name: string,
  places: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly namespace: string } | undefined> => {
  const lists = places.length === 0 ? [PODS] : places.map((namespace) => ({ ...PODS, namespace }));
  try {
    const listed = await Promise.all(
      lists.slice(0, MAX_NAMESPACES_TO_LIST).map((path) => reader.list(path, {}, signal)),
    );
    const pods = listed.flat().flatMap((raw) => namedSchema.safeParse(raw).data?.metadata ?? []);
    const near = nearest(
      name,
      pods.map((pod) => pod.name),
    );
    return pods.find((pod) => pod.name === near);
  } catch (thrown) {
    if (thrown instanceof FirebreakError) return undefined;
    throw thrown;
  }
};
