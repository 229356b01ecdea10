import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import { ownerReferencesSchema } from '../../core/pod.ts';
import { listAllowed } from '../list-allowed.ts';
import { labelSelectorSchema, selectorMatches } from './label-selector.ts';
import type { Relabelled } from './pod-risks.ts';

const deploymentSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), uid: z.string() }),
  spec: z.looseObject({ selector: labelSelectorSchema }),
});

const ownedSchema = z.looseObject({ metadata: z.looseObject({ ownerReferences: ownerReferencesSchema }) });

/** A Deployment finds its ReplicaSets by their own labels: one that it loses is replaced, pods and all. */
export const replicaSetRisks = async (
  cluster: ClusterReader,
  replicaSet: { readonly object: unknown; readonly namespace: string },
  { before, after }: Relabelled,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const { namespace } = replicaSet;
  const owner = ownedSchema
    .parse(replicaSet.object)
    .metadata.ownerReferences.find(({ controller }) => controller)?.uid;
  const read = await listAllowed(cluster, { group: 'apps', resource: 'deployments', namespace }, {}, signal);
  if (read === 'not allowed')
    return ['Not looked at for what they select, since Firebreak may not list them: Deployments.'];
  const deployments = z.array(deploymentSchema).parse(read);
  const lost = deployments.find(
    ({ metadata, spec }) =>
      metadata.uid === owner &&
      selectorMatches(spec.selector, before) &&
      !selectorMatches(spec.selector, after),
  );
  const adopting =
    owner !== undefined && lost === undefined
      ? []
      : deployments.filter(
          ({ spec }) =>
            selectorMatches(spec.selector, after) &&
            (lost !== undefined || !selectorMatches(spec.selector, before)),
        );
  return [
    ...(lost === undefined
      ? []
      : [
          `Deployment/${lost.metadata.name} lets go of it and starts another ReplicaSet with pods of its own; the pods of this one stay.`,
        ]),
    ...adopting.map(
      ({ metadata }) =>
        `Deployment/${metadata.name} would adopt it and may scale it down, which deletes its pods.`,
    ),
  ];
};
