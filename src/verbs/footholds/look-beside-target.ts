import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { type FootholdRef, footholdName } from '../../core/foothold.ts';
import { unlessAbsent } from '../../core/unless-absent.ts';
import { containerState, containerStatusSchema } from './container-state.ts';
import type { FootholdSight } from './foothold-sight.ts';

const podSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string() }),
  spec: z.looseObject({ ephemeralContainers: z.array(z.looseObject({ name: z.string() })).default([]) }),
  status: z.looseObject({
    phase: z.string().default('Unknown'),
    ephemeralContainerStatuses: z.array(containerStatusSchema).default([]),
  }),
});

/** The ephemeral container of a run in its target, if it is that target still. */
export const lookBesideTarget = async (
  cluster: Pick<ClusterReader, 'get'>,
  { run, namespace, pod: name, uid }: FootholdRef & { readonly kind: 'ephemeral container' },
  signal: AbortSignal,
): Promise<FootholdSight> => {
  const read = await unlessAbsent(
    cluster.get({ group: '', version: 'v1', resource: 'pods', namespace, name }, signal),
  );
  if (read === undefined) return { kind: 'gone', why: 'the pod was deleted' };
  const { metadata, spec, status } = podSchema.parse(read);
  if (metadata.uid !== uid) return { kind: 'gone', why: 'another pod has its name now' };
  const container = footholdName('ephemeral container', run);
  if (!spec.ephemeralContainers.some((one) => one.name === container)) return { kind: 'absent' };
  if (['Succeeded', 'Failed'].includes(status.phase)) return { kind: 'gone', why: 'the pod has ended' };
  const state = containerState(status.ephemeralContainerStatuses.find((one) => one.name === container));
  return state.kind === 'running'
    ? { kind: 'running', foothold: { namespace, pod: name, container } }
    : state;
};
