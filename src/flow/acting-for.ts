import type { Clusters, RunConnection } from './clusters.ts';
import type { Run } from './ledger.ts';

/** The cluster by the identity that acts, assumed for this run. */
export const actingFor = (
  deps: { readonly clusters: Clusters },
  run: Run,
  signal: AbortSignal,
): Promise<RunConnection> =>
  deps.clusters.forRun(
    run.plan.cluster.name,
    {
      identity: 'act',
      onBehalfOf: {
        run: run.id,
        case: run.case,
        requester: run.requester.user,
        approvers: run.decisions
          .filter(({ verdict }) => verdict === 'approve')
          .map(({ person }) => person.user),
      },
    },
    signal,
  );
