import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import type { Card, Scenario } from './scenario.ts';

const NAMESPACE = 'payments';
const IMAGE = 'registry.example/tools/proxy:1.9';
/** Selected by a Service, so that there is something to be detached from. */
export const SERVED = { team: 'web' };

type Match = (request: RecordedRequest) => boolean;

/** A write of a run, as the cluster sees it before it has read the body. */
export type WriteOf = (card: Card, pod: string) => Match;

const nameOf = ({ run }: Card): string => `firebreak-${run.toLowerCase()}`;
const isRealOf = (card: Card, { path, userAgent }: RecordedRequest): boolean =>
  !path.includes('dryRun=All') && userAgent.endsWith(`run/${card.run}`);

export const posts =
  (resource: string): WriteOf =>
  (card) =>
  (request) =>
    request.method === 'POST' && request.resource === resource && isRealOf(card, request);

/** What the run `isolating` made. */
export const deletes =
  (resource: string, ending: string, isolating: (pod: string) => Card): WriteOf =>
  (card, pod) =>
  (request) =>
    request.method === 'DELETE' &&
    request.resource === resource &&
    request.name === `${nameOf(isolating(pod))}${ending}` &&
    isRealOf(card, request);

/** `text`: what its body holds, once it is known. `when`: how the pod is before it. */
export const patches =
  (text: string, resource = 'pods', when: (pod: string) => boolean = () => true): WriteOf =>
  (card, pod) =>
  (request) =>
    request.method === 'PATCH' &&
    request.resource === resource &&
    request.name === pod &&
    isRealOf(card, request) &&
    (request.body === undefined ? when(pod) : request.body.includes(text));

/** Starts pods that nothing controls, each of which a Service selects. */
export const addPods = async (cluster: StandInCluster, names: readonly string[]): Promise<void> => {
  cluster.addObject({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: NAMESPACE } },
    spec: { selector: SERVED, clusterIP: '10.96.40.1', clusterIPs: ['10.96.40.1'], ports: [{ port: 80 }] },
  });
  await Promise.all(
    names.map((name) =>
      cluster.addPod({
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE, labels: { ...SERVED } } },
        spec: { nodeName: 'node-a', containers: [{ name: 'app', image: IMAGE }] },
      }),
    ),
  );
  await cluster.settled();
};

export const podIn = (cluster: StandInCluster, name: string) =>
  cluster.object({ group: '', resource: 'pods', namespace: NAMESPACE, name });

/** How often a write was carried out, and what the ledger says of its tries. */
export const triesOf = async (
  { incident, query }: Scenario,
  { card, pod, write, step, made }: Tried,
): Promise<{ readonly carriedOut: number; readonly states: readonly string[] }> => {
  const match = write(card, pod);
  const rows = await query(
    `select state from firebreak.changes
      where run_id = $1 and step = $2 and (uid like 'made:%') = $3 order by id`,
    [card.run, step, made === 'yes'],
  );
  return {
    carriedOut: incident.cluster.requests.filter((request) => match(request) && (request.status ?? 500) < 300)
      .length,
    states: rows.map(({ state }) => String(state)),
  };
};

export interface Tried {
  readonly card: Card;
  readonly pod: string;
  readonly write: WriteOf;
  readonly step: string;
  /** Whether it makes or takes away an object of Firebreak's. */
  readonly made: 'yes' | 'no';
}
