import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { CheckedWorld } from './checked-world.ts';
import { goodChanges } from './good-changes.ts';
import { judge } from './judge.ts';
import type { ChangeRow, Database, EventRow, RunRow } from './read-database.ts';

let scenario: Scenario;
let label: string;
let world: CheckedWorld;
let good: Database;
beforeAll(async () => {
  ({ scenario, label, world, good } = await goodChanges());
}, 60_000);
afterAll(() => scenario?.[Symbol.asyncDispose]());

test('finds nothing wrong with changes that went well', async () => {
  expect(await judge(good, world)).toEqual([]);
});

const QUARANTINE = ['metadata', 'labels', 'quarantine'];
const withChange = (edit: (change: ChangeRow) => Partial<ChangeRow>, database = good): Database => ({
  ...database,
  changes: database.changes.map((change) =>
    change.run_id === label ? { ...change, ...edit(change) } : change,
  ),
});
const withFacts = (type: string, facts: Readonly<Record<string, unknown>>, database = good): Database => ({
  ...database,
  events: database.events.map((event) =>
    event.type === type && event.run_id === label && event.parsed !== undefined
      ? { ...event, parsed: { ...event.parsed, facts: { ...event.parsed.facts, ...facts } } }
      : event,
  ),
});
const without = (type: string, database = good): Database => ({
  ...database,
  events: database.events.filter((event) => event.type !== type || event.run_id !== label),
});
const withPlan = (edit: (plan: RunRow['plan']) => Partial<RunRow['plan']>): Database => ({
  ...good,
  runs: good.runs.map((run) =>
    run.id === label ? { ...run, plan: { ...run.plan, ...edit(run.plan) } } : run,
  ),
});
const withWrites = (edit: (field: ChangeRow['fields'][number]) => ChangeRow['fields']): Database =>
  withPlan(({ writes }) => ({
    writes: writes.map((write) => ({ ...write, fields: write.fields.flatMap((field) => edit(field)) })),
  }));
const isQuarantine = ({ path }: ChangeRow['fields'][number]): boolean => path.join() === QUARANTINE.join();

describe('finds in the ledger', () => {
  test.each<[string, () => Database, RegExp]>([
    ['a change without its intent', () => without('change.intended'), /has 0 intents in the trail/],
    [
      'an outcome that the trail does not have',
      () => without('change.settled'),
      /is "applied by 1" in the ledger and "" in the trail/,
    ],
    [
      'an intent that nobody settled',
      () =>
        withChange(
          () => ({ state: 'intended', settled_at: null, settled_fence: null }),
          without('change.settled'),
        ),
      /was never settled, and its run is succeeded/,
    ],
    [
      'an outcome that is not true',
      () =>
        withChange(() => ({ state: 'not applied' }), withFacts('change.settled', { outcome: 'not applied' })),
      /was carried out, and the ledger says it was not/,
    ],
    [
      'an outcome that was known too early',
      () => withChange(({ intended_at }) => ({ settled_at: new Date(intended_at.getTime() - 1_000) })),
      /was carried out after its outcome was written down/,
    ],
    [
      'an intent that came too late',
      () => withChange(({ intended_at }) => ({ intended_at: new Date(intended_at.getTime() + 60_000) })),
      /was sent without an intent of its own before it/,
    ],
    [
      'a pre-image that is not what stood there',
      () =>
        withChange(({ fields }) => ({
          fields: fields.map((field) => (isQuarantine(field) ? { ...field, before: 'false' } : field)),
        })),
      /found metadata\.labels\.quarantine other than the pre-image/,
    ],
    [
      'a change that overwrote what was not approved',
      () => withWrites((field) => [isQuarantine(field) ? { ...field, before: 'false' } : field]),
      /found metadata\.labels\.quarantine other than it was approved, and went on/,
    ],
    [
      'a field that was not approved',
      () => withWrites((field) => (isQuarantine(field) ? [] : [field])),
      /sets metadata\.labels\.quarantine, which was not approved/,
    ],
    [
      'a field in the ledger that was not approved',
      () => withWrites((field) => (isQuarantine(field) ? [] : [field])),
      /holds other fields than .* was approved for/,
    ],
    [
      'an object that was not approved',
      () => withPlan(() => ({ writes: [] })),
      /writes an object that .* was not approved for/,
    ],
    ['another cluster', () => withChange(() => ({ cluster: 'other' })), /is on another cluster than its run/],
    [
      'another version than the one it was bound to',
      () => withChange(() => ({ resource_version: '1' })),
      /has another object, version or fencing number than its intent/,
    ],
    [
      'a PATCH that is bound to another version than the ledger says',
      () =>
        withChange(() => ({ resource_version: '1' }), withFacts('change.intended', { resourceVersion: '1' })),
      /is not bound to the UID and resourceVersion of its intent/,
    ],
    [
      'another fencing number',
      () => withChange(() => ({ fence: 2 })),
      /has another object, version or fencing number than its intent/,
    ],
    ['one change that is counted twice', () => withLateChange(), /the ledger counts it more than once/],
    [
      'two runs that held one object at once',
      () => without('run.succeeded'),
      /-1 and .*-3 held pod\/x at once/,
    ],
  ])('%s', async (_what, plant, sentence) => {
    expect((await judge(plant(), world)).join('\n')).toMatch(sentence);
  });
});

/** The same change once more, as one that was found to have arrived late. */
const withLateChange = (): Database => {
  const copied = (event: EventRow): readonly EventRow[] => {
    const { parsed, type, run_id: run } = event;
    if (parsed === undefined || run !== label || !type.startsWith('change.')) return [event];
    const { request } = parsed.facts;
    const { body: _sent, ...unsent } = { body: undefined, ...(typeof request === 'object' ? request : {}) };
    const facts = {
      ...parsed.facts,
      change: '999',
      ...(type === 'change.intended' ? { request: { ...unsent, method: 'none' } } : {}),
    };
    return [event, { ...event, parsed: { ...parsed, facts } }];
  };
  return {
    ...good,
    changes: good.changes.flatMap((change) =>
      change.run_id === label ? [change, { ...change, id: '999' }] : [change],
    ),
    events: good.events.flatMap(copied),
  };
};

const isReal = ({ method, path }: RecordedRequest): boolean => method === 'PATCH' && !path.includes('dryRun');
const withRequests = (edit: (request: RecordedRequest) => readonly RecordedRequest[]): CheckedWorld => ({
  ...world,
  cluster: { ...world.cluster, requests: world.cluster.requests.flatMap((request) => edit(request)) },
});
const withoutMarks = (): CheckedWorld => ({
  ...world,
  cluster: {
    ...world.cluster,
    history: world.cluster.history.map((state) => ({
      ...state,
      object: { ...state.object, metadata: { ...state.object.metadata, annotations: {} } },
    })),
  },
});

describe('finds in the cluster’s own log', () => {
  test.each<[string, () => CheckedWorld, RegExp]>([
    [
      'a PATCH before the approval',
      () => withRequests((request) => [isReal(request) ? { ...request, at: new Date(0) } : request]),
      /PATCH .* reached the cluster .* without an approval/,
    ],
    [
      'a dry run before the approval',
      () =>
        withRequests((request) => [request.method === 'PATCH' ? { ...request, at: new Date(0) } : request]),
      /dryRun=All reached the cluster .* without an approval/,
    ],
    [
      'a PATCH of another object',
      () => withRequests((request) => [isReal(request) ? { ...request, name: 'multi' } : request]),
      /PATCH .* reached the cluster .* without an approval/,
    ],
    [
      'a PATCH that nobody intended',
      () =>
        withRequests((request) => [
          isReal(request) ? { ...request, body: (request.body ?? '').replace('"true"', '"yes"') } : request,
        ]),
      /was sent without an intent of its own before it/,
    ],
    [
      'a PATCH that was sent twice',
      () => withRequests((request) => (isReal(request) ? [request, request] : [request])),
      /was to be done once was carried out 2 times/,
    ],
    [
      'a PATCH without a dry run',
      () => withRequests((request) => (request.method === 'PATCH' && !isReal(request) ? [] : [request])),
      /was sent without a dry run of the same body/,
    ],
    [
      'a PATCH whose dry run was refused',
      () =>
        withRequests((request) => [
          request.method === 'PATCH' && !isReal(request) ? { ...request, status: 422 } : request,
        ]),
      /was sent without a dry run of the same body/,
    ],
    [
      'a change that was refused and is said to be applied',
      () => withRequests((request) => [isReal(request) ? { ...request, status: 409 } : request]),
      /1 changes of .* are said to be applied, and 0 were carried out/,
    ],
    ['an object that carries no run', withoutMarks, /pods\/x carries run null and case FB/],
  ])('%s', async (_what, plant, sentence) => {
    expect((await judge(good, plant())).join('\n')).toMatch(sentence);
  });
});
