import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { isMark } from './check-holds.ts';
import { bodyProblems, boundProblems, effectProblems } from './check-sent.ts';
import type { CheckedCluster } from './checked-world.ts';
import type { ChangeRow, Database, EventRow, Field, RunRow } from './read-database.ts';
import { type LoggedWrite, sameLeaf } from './write-log.ts';
import { isWhole, resourceOf } from './written-kinds.ts';

const ENDED = ['succeeded', 'incomplete', 'failed', 'denied', 'expired', 'cancelled'];

const intended = z.object({
  change: z.string(),
  object: z.object({ uid: z.string() }),
  request: z.object({
    method: z.enum(['PATCH', 'POST', 'DELETE', 'none']),
    path: z.object({
      resource: z.string(),
      namespace: z.string().optional(),
      name: z.string().optional(),
      subresource: z.string().optional(),
    }),
    body: z.unknown().optional(),
    bound: z.object({ uid: z.string(), resourceVersion: z.string() }).optional(),
  }),
  fence: z.int(),
  resourceVersion: z.string(),
});
const settled = z.object({ change: z.string(), outcome: z.string(), fence: z.int() });

/** One change as the ledger, the trail and the machine's clock know it. */
export interface Intent {
  readonly change: ChangeRow;
  /** What was approved of it. */
  readonly approved: RunRow['plan']['writes'][number] | undefined;
  readonly facts: z.infer<typeof intended>;
  readonly from: number;
  readonly to: number;
}

/**
 * The undo ledger against the trail and against the cluster's own log: each write lies between its intent and its
 * outcome, is what was approved, was tried before, and what the ledger says of it is true.
 */
export const checkChanges = (
  database: Database,
  writes: readonly LoggedWrite[],
  cluster: Pick<CheckedCluster, 'history'>,
  machineTime: (at: Date) => Date,
): readonly string[] => {
  const found: string[] = [];
  const intents: Intent[] = [];
  for (const change of database.changes) {
    const run = database.runs.find(({ id }) => id === change.run_id);
    const facts = factsOf(database.events, change, found);
    if (run === undefined || facts === undefined) continue;
    const approved = approvedOf(change, run);
    found.push(...rowProblems(change, facts, run).map((why) => `change ${change.id} ${why}`));
    const from = machineTime(change.intended_at).getTime();
    const to =
      change.settled_at === null ? Number.POSITIVE_INFINITY : machineTime(change.settled_at).getTime();
    intents.push({ change, approved, facts, from, to });
  }
  const real = writes.filter(({ mode }) => mode === 'for real');
  const groups = Map.groupBy(
    real,
    ({ request, method, name, body }) => `${method} ${request.resource}/${request.namespace}/${name} ${body}`,
  );
  for (const sent of groups.values()) found.push(...sentProblems(sent, intents, writes));
  return [...found, ...claimProblems(intents, real), ...goneProblems(intents, cluster)];
};

/** The trail's side of a change: one intent, and one outcome where it has one. */
const factsOf = (
  events: readonly EventRow[],
  change: ChangeRow,
  found: string[],
): z.infer<typeof intended> | undefined => {
  const of = (type: string): readonly EventRow[] =>
    events.filter(
      (event) =>
        event.type === type && event.run_id === change.run_id && event.parsed?.facts['change'] === change.id,
    );
  const facts = of('change.intended').map(({ parsed }) => intended.safeParse(parsed?.facts).data);
  const outcomes = of('change.settled').map(({ parsed }) => settled.safeParse(parsed?.facts).data);
  if (facts.length !== 1 || facts[0] === undefined) {
    found.push(`change ${change.id} has ${facts.length} intents in the trail that can be read`);
    return undefined;
  }
  const said = outcomes.map((one) => `${one?.outcome} by ${one?.fence}`).join(' and ');
  const kept = change.state === 'intended' ? '' : `${change.state} by ${change.settled_fence}`;
  if (said !== kept) found.push(`change ${change.id} is "${kept}" in the ledger and "${said}" in the trail`);
  return facts[0];
};

/** What fields shall be, however they are ordered. */
const textOf = (fields: readonly Pick<Field, 'path' | 'after'>[]): string =>
  canonicalJson(
    fields
      .map(({ path, after }) => [path, after])
      .sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)),
  );

/** The write of the plan that a change is to make true: a run may write one object several times. */
const approvedOf = (change: ChangeRow, { plan }: RunRow): Intent['approved'] =>
  plan.writes.find(
    ({ object, step, fields }) =>
      object.uid === change.uid && step === change.step && textOf(fields) === textOf(change.fields),
  );

const rowProblems = (change: ChangeRow, facts: z.infer<typeof intended>, run: RunRow): readonly string[] => {
  const found: string[] = [];
  if (ENDED.includes(run.state) && change.state === 'intended')
    found.push(`of ${run.id} was never settled, and its run is ${run.state}`);
  if (
    facts.fence !== change.fence ||
    facts.resourceVersion !== change.resource_version ||
    facts.object.uid !== change.uid
  )
    found.push('has another object, version or fencing number than its intent');
  if (change.cluster !== run.plan.cluster.name) found.push('is on another cluster than its run');
  if (!run.plan.writes.some(({ object }) => object.uid === change.uid))
    return [...found, `writes an object that ${run.id} was not approved for`];
  const approved = approvedOf(change, run);
  if (approved === undefined) found.push(`holds other fields than ${run.id} was approved for`);
  for (const field of change.fields) {
    const planned = approved?.fields.find(({ path }) => path.join('\0') === field.path.join('\0'));
    if (planned !== undefined && !isMark(field.path) && !sameLeaf(planned.before, field.before))
      found.push(`found ${field.path.join('.')} other than it was approved, and went on`);
  }
  return found;
};

export const nameOf = ({ request, method }: LoggedWrite): string =>
  `${method} ${request.path} at ${request.at.toISOString()}`;

/** Whether an intent is for just this request. */
const isFor = (
  { facts, change }: Intent,
  { request, method, name, body, uid, resourceVersion }: LoggedWrite,
): boolean => {
  const { path, bound } = facts.request;
  const resource = path.subresource === undefined ? path.resource : `${path.resource}/${path.subresource}`;
  return (
    facts.request.method === method &&
    resource === request.resource &&
    (path.namespace ?? '') === request.namespace &&
    (path.name ?? change.object.name) === name &&
    (method === 'DELETE'
      ? bound?.uid === uid && bound?.resourceVersion === resourceVersion
      : canonicalJson(facts.request.body ?? null) === body)
  );
};

/** Writes that are the same to the letter, against the intents for just that. */
const sentProblems = (
  sent: readonly LoggedWrite[],
  all: readonly Intent[],
  writes: readonly LoggedWrite[],
): readonly string[] => {
  const found: string[] = [];
  const [first] = sent;
  if (first === undefined) return found;
  const intents = all.filter((intent) => isFor(intent, first));
  for (const [index, write] of sent.entries()) {
    if (intents.filter(({ from }) => from <= write.request.at.getTime()).length <= index)
      found.push(`${nameOf(write)} was sent without an intent of its own before it`);
    const tried = writes.filter(
      (one) =>
        one.mode === 'dry run' &&
        one.method === write.method &&
        one.body === write.body &&
        one.name === write.name &&
        one.request.resource === write.request.resource &&
        [200, 201].includes(one.request.status ?? 0) &&
        one.request.at.getTime() <= write.request.at.getTime(),
    );
    if (tried.length <= index) found.push(`${nameOf(write)} was sent without a dry run of the same body`);
  }
  const [intent] = intents;
  if (intent === undefined) return found;
  found.push(
    ...[...boundProblems(first, intent), ...bodyProblems(first, intent)].map(
      (why) => `${nameOf(first)} ${why}`,
    ),
  );
  for (const write of sent.filter(({ done }) => done !== undefined))
    found.push(...doneProblems(write, intents, all).map((why) => `${nameOf(write)} ${why}`));
  return found;
};

/** A write that was carried out: the ledger knows it, with what stood there before. */
const doneProblems = (
  write: LoggedWrite,
  intents: readonly Intent[],
  all: readonly Intent[],
): readonly string[] => {
  const found: string[] = [...effectProblems(write, intents)];
  const [first] = intents;
  const known = intents.filter(({ change }) => change.state !== 'not applied');
  // What arrives late is written down by a change of its own, for which nothing is sent.
  const late = all.filter(
    ({ change, facts }) =>
      facts.request.method === 'none' &&
      change.run_id === first?.change.run_id &&
      change.uid === first.change.uid &&
      change.state === 'applied',
  );
  if (known.length + late.length === 0) found.push('was carried out, and the ledger says it was not');
  // Another run may have tried the same, bound to the same state, and never learned what became of it.
  if (known.filter(({ change }) => change.state === 'applied').length + late.length > 1)
    found.push('was carried out once, and the ledger counts it more than once');
  if ([...known, ...late].every(({ to }) => to < write.request.at.getTime()))
    found.push('was carried out after its outcome was written down');
  return found;
};

/** What the ledger says was applied, was; and no write of a run was made twice. */
const claimProblems = (intents: readonly Intent[], real: readonly LoggedWrite[]): readonly string[] => {
  const found: string[] = [];
  const writeOf = ({ change }: Intent): string =>
    `${change.run_id} to ${change.uid} ${change.step} ${textOf(change.fields.filter(({ path }) => !isMark(path)))}`;
  for (const ours of Map.groupBy(intents, writeOf).values()) {
    const of = ours.map(({ change }) => `${change.run_id} to ${change.uid}`)[0];
    const done = real.filter(
      (write) => write.done !== undefined && ours.some((intent) => isFor(intent, write)),
    );
    if (done.length > 1) found.push(`what ${of} was to be done once was carried out ${done.length} times`);
    // What is found gone is told to the ledger, and nothing is sent; see `goneProblems`.
    const applied = ours.filter(
      ({ change, facts }) => change.state === 'applied' && isServed(change) && !isFoundGone(change, facts),
    );
    if (applied.length > done.length)
      found.push(
        `${applied.length} changes of ${of} are said to be applied, and ${done.length} were carried out`,
      );
  }
  return found;
};

/** What is written inside a node is in no log of the API server. */
const isServed = ({ object }: ChangeRow): boolean => object.kind !== 'netns';

const isFoundGone = (change: ChangeRow, { request }: Intent['facts']): boolean =>
  request.method === 'none' && change.fields.every(({ path, after }) => isWhole(path) && after === null);

/** What is said to have been gone already was: the name is free, or another object has it than the one that was made. */
const goneProblems = (
  intents: readonly Intent[],
  { history }: Pick<CheckedCluster, 'history'>,
): readonly string[] =>
  intents
    .filter(
      ({ change, facts }) => isServed(change) && change.state === 'applied' && isFoundGone(change, facts),
    )
    .flatMap(({ change, to }) => {
      const { kind, namespace, name } = change.object;
      const newest = history.findLast(
        ({ key, at }) =>
          key.resource === resourceOf(kind) &&
          key.namespace === namespace &&
          key.name === name &&
          at.getTime() <= to,
      );
      const made = intents.find(
        (one) =>
          one.change.uid === change.uid &&
          one.change.state !== 'not applied' &&
          one.facts.request.method === 'POST',
      )?.change.made_uid;
      return newest === undefined || newest.type === 'DELETED' || newest.object.metadata.uid !== made
        ? []
        : [`change ${change.id} says that ${kind}/${name} was gone, and it was there`];
    });
