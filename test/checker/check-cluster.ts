import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { Database, RunRow } from './read-database.ts';
import { isEphemeral, isWhole, resourceOf } from './written-kinds.ts';

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
const REVIEWS = [
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'selfsubjectreviews',
  'subjectaccessreviews',
];
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
          ({ run, at }) =>
            at <= request.at.getTime() &&
            (collects(run, request) ||
              reachesFoothold(run, request) ||
              probesTarget(run, request) ||
              changes(run, request)),
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

/** An exec into a container that the run itself added, or into the pod of a Job that it made. */
const reachesFoothold = (
  { plan }: RunRow,
  { method, resource, namespace, name, path }: RecordedRequest,
): boolean => {
  const container = new URL(path, 'https://cluster.invalid').searchParams.get('container') ?? '';
  return (
    method === 'GET' &&
    resource === 'pods/exec' &&
    plan.writes.some(
      ({ object, fields }) =>
        object.namespace === namespace &&
        fields.some(({ path: field, after }) =>
          object.kind === 'job'
            ? isWhole(field) && after !== null && name.startsWith(`${object.name}-`)
            : isEphemeral(field) && object.name === name && field.at(-1) === container,
        ),
    )
  );
};

/** An exec into the target itself, where the plan says that its own programs make the tries, and in which container. */
const probesTarget = (
  { plan }: RunRow,
  { method, resource, namespace, name, path }: RecordedRequest,
): boolean => {
  const container = new URL(path, 'https://cluster.invalid').searchParams.get('container') ?? '';
  return (
    method === 'GET' &&
    resource === 'pods/exec' &&
    plan.arguments['probe-with-target'] === 'yes' &&
    plan.targets.some((target) => target.namespace === namespace && target.name === name) &&
    plan.methods.some(({ what }) => what.includes(` in container ${container} of the suspect itself`))
  );
};

/** A write of an object that the plan writes, in its way; what it may hold is judged with its intent. */
const changes = ({ plan }: RunRow, { method, resource, namespace, name }: RecordedRequest): boolean =>
  plan.writes.some(({ object, fields }) => {
    if (object.namespace !== namespace) return false;
    const whole = fields.find(({ path }) => isWhole(path));
    const kind = resourceOf(object.kind);
    if (whole !== undefined)
      return (
        resource === kind &&
        (whole.after === null ? method === 'DELETE' && name === object.name : method === 'POST')
      );
    const served = fields.some(({ path }) => isEphemeral(path)) ? `${kind}/ephemeralcontainers` : kind;
    return method === 'PATCH' && resource === served && name === object.name;
  });
