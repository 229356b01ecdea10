import { z } from 'zod';
import type { ClusterReader } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Pod } from '../core/pod.ts';
import { ownerReferencesSchema } from '../core/pod.ts';

const ownedSchema = z.looseObject({ metadata: z.looseObject({ ownerReferences: ownerReferencesSchema }) });

/** Kinds whose own owner is worth a read: a Deployment stands above its ReplicaSet, a CronJob above its Job. */
const ABOVE: Readonly<Record<string, { readonly group: string; readonly resource: string }>> = {
  ReplicaSet: { group: 'apps', resource: 'replicasets' },
  Job: { group: 'batch', resource: 'jobs' },
};

/** The controllers from the pod upwards, `Kind/name`. One that can't be read ends the chain: it decides nothing. */
export const findOwners = async (
  reader: ClusterReader,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const owner = pod.metadata.ownerReferences.find(({ controller }) => controller);
  if (owner === undefined) return [];
  const chain = [`${owner.kind}/${owner.name}`];
  const above = ABOVE[owner.kind];
  if (above === undefined) return chain;
  try {
    const path = { ...above, version: 'v1', namespace: pod.metadata.namespace, name: owner.name };
    const parsed = ownedSchema.safeParse(await reader.get(path, signal));
    const next = parsed.success
      ? parsed.data.metadata.ownerReferences.find(({ controller }) => controller)
      : undefined;
    return next === undefined ? chain : [...chain, `${next.kind}/${next.name}`];
  } catch (thrown) {
    if (thrown instanceof FirebreakError && (thrown.code === 'not-found' || thrown.code === 'not-allowed'))
      return chain;
    throw thrown;
  }
};
