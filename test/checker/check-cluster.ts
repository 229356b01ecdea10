import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { Database, RunRow } from './read-database.ts';

/** HTTP GETs that are no reads: they reach into a container, or carry a secret. */
const NO_READS = [
  'pods/exec',
  'pods/log',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'nodes/proxy',
  'secrets',
];
const REVIEWS = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'];
/** What an approved run may ask for beside reads, in this version. */
const COLLECTING = ['pods/exec', 'pods/log'];

const isRead = ({ method, resource, upgrade }: RecordedRequest): boolean =>
  (method === 'POST' && REVIEWS.includes(resource)) ||
  (method === 'GET' && !upgrade && !NO_READS.includes(resource));

/** Nothing but reads reached an object before a run on it was approved, and then nothing but what that run may do. */
export const checkCluster = (
  { runs, events }: Database,
  requests: readonly RecordedRequest[],
  machineTime: (at: Date) => Date,
): readonly string[] => {
  const approvedAt = (run: RunRow): number | undefined => {
    const approval = events.find(
      ({ run_id: id, type, parsed }) =>
        id === run.id &&
        (type === 'run.queued' || (type === 'run.requested' && parsed?.facts['state'] === 'queued')),
    );
    return approval === undefined ? undefined : machineTime(approval.at).getTime();
  };
  const approved = runs
    .map((run) => ({ run, at: approvedAt(run) }))
    .filter((one): one is { run: RunRow; at: number } => one.at !== undefined);
  return requests
    .filter((request) => !isRead(request))
    .filter(
      (request) =>
        !approved.some(
          ({ run, at }) => at <= request.at.getTime() && (collects(run, request) || changes(run, request)),
        ),
    )
    .map(
      ({ method, path, at }) =>
        `${method} ${path} reached the cluster at ${at.toISOString()} without an approval`,
    );
};

const collects = ({ plan }: RunRow, { method, resource, namespace, name, path }: RecordedRequest): boolean =>
  method === 'GET' &&
  COLLECTING.includes(resource) &&
  plan.evidence !== '' &&
  plan.targets.some((target) => target.namespace === namespace && target.name === name) &&
  (resource === 'pods/log' ||
    new URL(path, 'https://cluster.invalid').searchParams.get('container') === plan.arguments['container']);

/** A patch of an object that the plan writes; what it may hold is judged with its intent. */
const changes = ({ plan }: RunRow, { method, resource, namespace, name }: RecordedRequest): boolean =>
  method === 'PATCH' &&
  plan.writes.some(
    ({ object }) => `${object.kind}s` === resource && object.namespace === namespace && object.name === name,
  );
