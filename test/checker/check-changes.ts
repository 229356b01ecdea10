import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { isMark } from './check-holds.ts';
import { type LoggedPatch, leafOf, sameLeaf } from './patch-log.ts';
import type { ChangeRow, Database, EventRow, Field, RunRow } from './read-database.ts';

const ENDED = ['succeeded', 'incomplete', 'failed', 'denied', 'expired', 'cancelled'];

const intended = z.object({
  change: z.string(),
  object: z.object({ uid: z.string() }),
  request: z.object({
    method: z.enum(['PATCH', 'none']),
    path: z.object({ resource: z.string(), namespace: z.string().optional(), name: z.string() }),
    body: z.unknown().optional(),
  }),
  fence: z.int(),
  resourceVersion: z.string(),
});
const settled = z.object({ change: z.string(), outcome: z.string(), fence: z.int() });

/** One change as the ledger, the trail and the machine's clock know it. */
interface Intent {
  readonly change: ChangeRow;
  readonly facts: z.infer<typeof intended>;
  readonly from: number;
  readonly to: number;
}

/**
 * The undo ledger against the trail and against the cluster's own log: each PATCH lies between its intent and its
 * outcome, is what was approved, was tried before, and what the ledger says of it is true.
 */
export const checkChanges = (
  database: Database,
  patches: readonly LoggedPatch[],
  machineTime: (at: Date) => Date,
): readonly string[] => {
  const found: string[] = [];
  const intents: Intent[] = [];
  for (const change of database.changes) {
    const run = database.runs.find(({ id }) => id === change.run_id);
    const facts = factsOf(database.events, change, found);
    if (run === undefined || facts === undefined) continue;
    found.push(...rowProblems(change, facts, run).map((why) => `change ${change.id} ${why}`));
    const from = machineTime(change.intended_at).getTime();
    const to =
      change.settled_at === null ? Number.POSITIVE_INFINITY : machineTime(change.settled_at).getTime();
    intents.push({ change, facts, from, to });
  }
  const real = patches.filter(({ mode }) => mode === 'for real');
  const groups = Map.groupBy(
    real,
    ({ request, body }) => `${request.resource}/${request.namespace}/${request.name} ${body}`,
  );
  for (const sent of groups.values()) found.push(...sentProblems(sent, intents, patches, database));
  return [...found, ...claimProblems(intents, real)];
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
  const approved = run.plan.writes.find(({ object }) => object.uid === change.uid);
  if (approved === undefined) return [...found, `writes an object that ${run.id} was not approved for`];
  const text = (fields: readonly Pick<Field, 'path' | 'after'>[]): string =>
    canonicalJson(
      fields
        .map(({ path, after }) => [path, after])
        .sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)),
    );
  if (text(change.fields) !== text(approved.fields))
    found.push(`holds other fields than ${run.id} was approved for`);
  for (const field of change.fields) {
    const planned = approved.fields.find(({ path }) => path.join('\0') === field.path.join('\0'));
    if (planned !== undefined && !isMark(field.path) && !sameLeaf(planned.before, field.before))
      found.push(`found ${field.path.join('.')} other than it was approved, and went on`);
  }
  return found;
};

const nameOf = ({ request }: LoggedPatch): string => `PATCH ${request.path} at ${request.at.toISOString()}`;

/** PATCHes that are the same to the letter, against the intents for just that. */
const sentProblems = (
  sent: readonly LoggedPatch[],
  all: readonly Intent[],
  patches: readonly LoggedPatch[],
  database: Database,
): readonly string[] => {
  const found: string[] = [];
  const [first] = sent;
  if (first === undefined) return found;
  const { request, body, uid, resourceVersion, wanted } = first;
  const intents = all.filter(
    ({ facts }) =>
      facts.request.method === 'PATCH' &&
      facts.request.path.resource === request.resource &&
      (facts.request.path.namespace ?? '') === request.namespace &&
      facts.request.path.name === request.name &&
      canonicalJson(facts.request.body) === body,
  );
  for (const [index, patch] of sent.entries()) {
    if (intents.filter(({ from }) => from <= patch.request.at.getTime()).length <= index)
      found.push(`${nameOf(patch)} was sent without an intent of its own before it`);
    const tried = patches.filter(
      (one) =>
        one.mode === 'dry run' &&
        one.body === body &&
        one.request.resource === request.resource &&
        one.request.status === 200 &&
        one.request.at.getTime() <= patch.request.at.getTime(),
    );
    if (tried.length <= index) found.push(`${nameOf(patch)} was sent without a dry run of the same body`);
  }
  const [intent] = intents;
  if (intent === undefined) return found;
  const run = database.runs.find(({ id }) => id === intent.change.run_id);
  const approved = run?.plan.writes.find(({ object }) => object.uid === uid);
  if (uid !== intent.change.uid || resourceVersion !== intent.change.resource_version)
    found.push(`${nameOf(first)} is not bound to the UID and resourceVersion of its intent`);
  for (const { path, after } of wanted)
    if (
      !approved?.fields.some(
        (field) => field.path.join('\0') === path.join('\0') && sameLeaf(field.after, after),
      )
    )
      found.push(`${nameOf(first)} sets ${path.join('.')}, which was not approved`);
  for (const patch of sent.filter(({ done }) => done !== undefined))
    found.push(...doneProblems(patch, intents, all).map((why) => `${nameOf(patch)} ${why}`));
  return found;
};

/** A PATCH that was carried out: the ledger knows it, with what stood there before. */
const doneProblems = (
  { done, request }: LoggedPatch,
  intents: readonly Intent[],
  all: readonly Intent[],
): readonly string[] => {
  const found: string[] = [];
  if (done === undefined) return found;
  const [first] = intents;
  for (const { change } of intents)
    for (const { path, before } of change.fields)
      if (!sameLeaf(leafOf(done.before, path), before))
        found.push(`found ${path.join('.')} other than the pre-image of change ${change.id} says`);
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
  if (known.length + late.length > 1)
    found.push('was carried out once, and the ledger counts it more than once');
  if ([...known, ...late].every(({ to }) => to < request.at.getTime()))
    found.push('was carried out after its outcome was written down');
  return found;
};

/** What the ledger says was applied, was; and nothing of one run was done to one object twice. */
const claimProblems = (intents: readonly Intent[], real: readonly LoggedPatch[]): readonly string[] => {
  const found: string[] = [];
  for (const [of, ours] of Map.groupBy(intents, ({ change }) => `${change.run_id} to ${change.uid}`)) {
    const bodies = new Set(ours.map(({ facts }) => canonicalJson(facts.request.body ?? null)));
    const done = real.filter((patch) => patch.done !== undefined && bodies.has(patch.body));
    if (done.length > 1) found.push(`what ${of} was to be done once was carried out ${done.length} times`);
    const applied = ours.filter(({ change }) => change.state === 'applied');
    if (applied.length > done.length)
      found.push(
        `${applied.length} changes of ${of} are said to be applied, and ${done.length} were carried out`,
      );
  }
  return found;
};
