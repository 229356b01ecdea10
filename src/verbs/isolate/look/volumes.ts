import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';

const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    volumes: z
      .array(
        z.looseObject({
          name: z.string(),
          persistentVolumeClaim: z.looseObject({ claimName: z.string() }).nullish(),
        }),
      )
      .default([]),
    containers: z
      .array(
        z.looseObject({
          ports: z.array(z.looseObject({ hostPort: z.int().optional() })).nullish(),
        }),
      )
      .default([]),
  }),
});

const claimSchema = z.looseObject({
  spec: z.looseObject({ accessModes: z.array(z.string()).default([]) }),
});

/** What a second pod of the same kind could not have at the same time. */
export interface BoundToOne {
  /** Claims that one node or one pod alone can mount. */
  readonly claims: readonly string[];
  /** Claims that may not be read. */
  readonly unread: readonly string[];
  readonly hostPorts: readonly number[];
}

const ONE_AT_A_TIME = ['ReadWriteOnce', 'ReadWriteOncePod'];

/** Reads what the pod holds that its replacement would need. Source: Kubernetes API v1, PersistentVolumeAccessMode. */
export const boundToOne = async (
  cluster: Pick<ClusterReader, 'get'>,
  object: unknown,
  signal: AbortSignal,
): Promise<BoundToOne> => {
  const { metadata, spec } = podSchema.parse(object);
  const { namespace } = metadata;
  const names = spec.volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  const read = await Promise.all(
    names.map(async (name) => {
      try {
        const path = { group: '', version: 'v1', resource: 'persistentvolumeclaims', namespace, name };
        return { name, modes: claimSchema.parse(await cluster.get(path, signal)).spec.accessModes };
      } catch (thrown) {
        if (!(thrown instanceof FirebreakError)) throw thrown;
        if (thrown.code !== 'not-allowed' && thrown.code !== 'not-found') throw thrown;
        return { name, modes: undefined };
      }
    }),
  );
  return {
    claims: read
      .filter(({ modes }) => modes?.some((mode) => ONE_AT_A_TIME.includes(mode)))
      .map(({ name }) => name),
    unread: read.filter(({ modes }) => modes === undefined).map(({ name }) => name),
    hostPorts: spec.containers.flatMap(({ ports }) =>
      (ports ?? []).flatMap(({ hostPort }) => hostPort ?? []),
    ),
  };
};
