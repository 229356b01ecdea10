import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import {
  denyPolicy,
  type MadeObjectsScene,
  madeName,
  madeObjectsScene,
  policyKey,
  setLabel,
} from '../flow/made-objects-scene.ts';
import type { CheckedCluster } from './checked-world.ts';
import { judgeWrites } from './judge-writes.ts';
import { type ChangeRow, type Database, type RunRow, readDatabase } from './read-database.ts';

let scene: MadeObjectsScene;
let good: Database;
let cluster: CheckedCluster;
/** What was made and put back, what stands, and what somebody took away before its undo came. */
let [undone, standing, gone] = ['', '', ''];

beforeAll(async () => {
  scene = await madeObjectsScene();
  scene.intends({
    writes: (names) => [
      denyPolicy(names, 'deny'),
      {
        ...{ action: 'add container', step: 'foothold' },
        container: { name: madeName(names), image: 'registry.example/tool@sha256:0' },
      },
      setLabel('label', 'quarantine', names.run),
    ],
  });
  const does = async (text: string): Promise<string> => (await scene.does(text)).id;
  undone = await does('fence lab pod/x');
  await does(`undo ${undone}`);
  gone = await does('fence lab pod/x');
  const undo = await scene.ask(`undo ${gone}`);
  scene.cluster.removeObject(policyKey(madeName({ run: gone })));
  await scene.execute(undo.id);
  standing = await does('fence lab pod/x');
  good = await readDatabase(scene.fixture.urls.ownerUrl);
  cluster = scene.cluster;
}, 60_000);
afterAll(() => scene?.[Symbol.asyncDispose]());

test('finds nothing wrong with objects that were made, and taken away', () => {
  expect(judgeWrites(good, cluster)).toEqual([]);
});

const isMake = ({ fields }: ChangeRow): boolean =>
  fields.some(({ path, after }) => path.join() === '(object)' && after !== null);
const isTake = ({ fields }: ChangeRow): boolean =>
  fields.some(({ path, after }) => path.join() === '(object)' && after === null);
const withChanges = (
  fits: (change: ChangeRow) => boolean,
  edit: (change: ChangeRow) => Partial<ChangeRow>,
  database = good,
): Database => ({
  ...database,
  changes: database.changes.map((change) => (fits(change) ? { ...change, ...edit(change) } : change)),
});
const withTexts = (from: string, to: string): Database => ({
  ...good,
  runs: good.runs.map(
    (run): RunRow => ({
      ...run,
      plan: {
        ...run.plan,
        writes: run.plan.writes.map((write) => ({
          ...write,
          fields: write.fields.map((field) => ({
            ...field,
            after: typeof field.after === 'string' ? field.after.replace(from, to) : field.after,
          })),
        })),
      },
    }),
  ),
  changes: good.changes.map((change) => ({
    ...change,
    fields: change.fields.map((field) => ({
      ...field,
      after: typeof field.after === 'string' ? field.after.replace(from, to) : field.after,
    })),
  })),
});

describe('finds in the ledger', () => {
  test.each<[string, () => Database, RegExp]>([
    [
      'an object that was made and that no change knows',
      () => withChanges(isMake, () => ({ made_uid: null })),
      /networkpolicies\/.* was made, and no change has its UID/,
    ],
    [
      'an object that was deleted and that nobody made',
      () => withChanges(isMake, () => ({ made_uid: 'another' })),
      /networkpolicies\/.* was deleted, and Firebreak had not made it/,
    ],
    [
      'a deletion that is bound to another object than the ledger says',
      () => withChanges(isTake, () => ({ made_uid: 'another' })),
      /DELETE .* is not bound to the UID and resourceVersion of its intent/,
    ],
    [
      'a deletion that found something else than the ledger says',
      () =>
        withChanges(isTake, ({ fields }) => ({
          fields: fields.map((field) => ({
            ...field,
            before: String(field.before).replace('"here"', '"there"'),
          })),
        })),
      /DELETE .* found \(object\) other than the pre-image/,
    ],
    [
      'a creation of what was not approved',
      () => withTexts('"here"', '"there"'),
      /POST .* creates what was not approved/,
    ],
    [
      'a container that was not approved',
      () => withTexts('registry.example/tool', 'registry.example/other'),
      /PATCH .*ephemeralcontainers.* adds what was not approved/,
    ],
    [
      'a write that is told of another step than it was approved for',
      () => withChanges(isMake, () => ({ step: 'other' })),
      /holds other fields than .* was approved for/,
    ],
    [
      'a creation that is said not to have happened',
      () => withChanges(isMake, () => ({ state: 'not applied' })),
      /POST .* was carried out, and the ledger says it was not/,
    ],
    [
      'a deletion that is said to have happened and did not',
      () =>
        withChanges(
          (change) => isMake(change) && change.run_id === standing,
          () => ({ state: 'applied' }),
          {
            ...good,
            changes: good.changes.flatMap((change) =>
              isMake(change) && change.run_id === standing
                ? [
                    change,
                    { ...change, id: '999', fields: [{ path: ['(object)'], before: '{}', after: null }] },
                  ]
                : [change],
            ),
          },
        ),
      /is still there, and the ledger says that it was taken away/,
    ],
    [
      'a run that is called undone, and whose object stands',
      () => ({
        ...good,
        runs: good.runs.map((run) => (run.id === standing ? { ...run, undone_by: undone } : run)),
      }),
      /networkpolicy\/.* is still there, though .* was undone by/,
    ],
  ])('%s', (_what, plant, sentence) => {
    expect(judgeWrites(plant(), cluster).join('\n')).toMatch(sentence);
  });
});

const isReal = ({ path }: RecordedRequest): boolean => !path.includes('dryRun');
const withRequests = (
  edit: (request: RecordedRequest) => readonly RecordedRequest[],
  method: string,
  resource = 'networkpolicies',
): CheckedCluster => ({
  ...cluster,
  requests: cluster.requests.flatMap((request) =>
    request.method === method && request.resource === resource ? edit(request) : [request],
  ),
});
const EPHEMERAL = 'pods/ephemeralcontainers';
const real =
  (edit: (request: RecordedRequest) => readonly RecordedRequest[]) =>
  (request: RecordedRequest): readonly RecordedRequest[] =>
    isReal(request) ? edit(request) : [request];
const tried =
  (edit: (request: RecordedRequest) => readonly RecordedRequest[]) =>
  (request: RecordedRequest): readonly RecordedRequest[] =>
    isReal(request) ? [request] : edit(request);
const exec = (container: string, pod = 'x'): CheckedCluster => {
  const [some] = cluster.requests.filter(({ method }) => method === 'GET');
  if (some === undefined) throw new Error('nothing was read');
  const request: RecordedRequest = {
    ...{ ...some, at: new Date(), resource: 'pods/exec', namespace: 'payments', name: pod, upgrade: true },
    path: `/api/v1/namespaces/payments/pods/${pod}/exec?container=${container}&command=sh`,
  };
  return { ...cluster, requests: [...cluster.requests, request] };
};
const withHistory = (
  edit: (state: CheckedCluster['history'][number]) => readonly CheckedCluster['history'][number][],
): CheckedCluster => ({ ...cluster, history: cluster.history.flatMap((state) => edit(state)) });

describe('finds in the cluster’s own log', () => {
  test.each<[string, () => CheckedCluster, RegExp]>([
    [
      'a creation before the approval',
      () =>
        withRequests(
          real((request) => [{ ...request, at: new Date(0) }]),
          'POST',
        ),
      /POST .* reached the cluster .* without an approval/,
    ],
    [
      'a creation of another kind',
      () =>
        withRequests(
          real((request) => [{ ...request, resource: 'secrets' }]),
          'POST',
        ),
      /POST .* reached the cluster .* without an approval/,
    ],
    [
      'a creation in another namespace',
      () =>
        withRequests(
          real((request) => [{ ...request, namespace: 'staging' }]),
          'POST',
        ),
      /POST .* reached the cluster .* without an approval/,
    ],
    [
      'a creation that nobody intended',
      () =>
        withRequests(
          real((request) => [{ ...request, body: (request.body ?? '').replace('"here"', '"there"') }]),
          'POST',
        ),
      /POST .* was sent without an intent of its own before it/,
    ],
    [
      'a creation that was sent twice',
      () =>
        withRequests(
          real((request) => [request, request]),
          'POST',
        ),
      /was to be done once was carried out 2 times/,
    ],
    [
      'a creation without a dry run',
      () =>
        withRequests(
          tried(() => []),
          'POST',
        ),
      /POST .* was sent without a dry run of the same body/,
    ],
    [
      'a creation whose dry run was refused',
      () =>
        withRequests(
          tried((request) => [{ ...request, status: 403 }]),
          'POST',
        ),
      /POST .* was sent without a dry run of the same body/,
    ],
    [
      'a creation that was refused and is said to have happened',
      () =>
        withRequests(
          real((request) => [{ ...request, status: 409 }]),
          'POST',
        ),
      /1 changes of .* are said to be applied, and 0 were carried out/,
    ],
    [
      'a deletion of another object',
      () =>
        withRequests(
          real((request) => [{ ...request, name: 'default-deny' }]),
          'DELETE',
        ),
      /DELETE .* reached the cluster .* without an approval/,
    ],
    [
      'a deletion that is bound to nothing',
      () =>
        withRequests(
          real((request) => [{ ...request, body: '{}' }]),
          'DELETE',
        ),
      /DELETE .* was sent without an intent of its own before it/,
    ],
    [
      'a deletion without a dry run',
      () =>
        withRequests(
          tried(() => []),
          'DELETE',
        ),
      /DELETE .* was sent without a dry run of the same body/,
    ],
    [
      'a deletion that was sent twice',
      () =>
        withRequests(
          real((request) => [request, request]),
          'DELETE',
        ),
      /was to be done once was carried out 2 times/,
    ],
    [
      'a container that nobody intended',
      () =>
        withRequests(
          real((request) => [{ ...request, body: (request.body ?? '').replace('tool', 'other') }]),
          'PATCH',
          EPHEMERAL,
        ),
      /PATCH .*ephemeralcontainers.* was sent without an intent of its own before it/,
    ],
    [
      'a container that is bound to no state of its pod',
      () =>
        withRequests(
          real((request) => [
            { ...request, body: (request.body ?? '').replace(/"resourceVersion":"\d+"/u, '"a":"b"') },
          ]),
          'PATCH',
          EPHEMERAL,
        ),
      /PATCH .*ephemeralcontainers.* was sent without an intent of its own before it/,
    ],
    [
      'an exec into a container that no run added',
      () => exec('app'),
      /GET .*container=app.* reached the cluster .* without an approval/,
    ],
    [
      'an exec into the container of a run, in another pod',
      () => exec(madeName({ run: standing }), 'multi'),
      /GET .* reached the cluster .* without an approval/,
    ],
    [
      'an object that carries no run',
      () =>
        withHistory((state) => [
          { ...state, object: { ...state.object, metadata: { ...state.object.metadata, annotations: {} } } },
        ]),
      /networkpolicies\/.* was made by .* and does not carry it/,
    ],
    [
      'a creation of which something else came to be',
      () =>
        withHistory((state) => [
          state.key.resource === 'networkpolicies'
            ? { ...state, object: { ...state.object, spec: { podSelector: {} } } }
            : state,
        ]),
      /POST .* left something else than change .* says/,
    ],
    [
      'an object that is still there although its run was undone',
      () => withHistory((state) => (state.type === 'DELETED' ? [] : [state])),
      /networkpolicy\/.* is still there, though .* was undone by/,
    ],
    [
      'an object that was there when the ledger called it gone',
      () =>
        withHistory((state) =>
          state.type === 'DELETED' && state.key.name === madeName({ run: gone }) ? [] : [state],
        ),
      /says that networkpolicy\/.* was gone, and it was there/,
    ],
  ])('%s', (_what, plant, sentence) => {
    expect(judgeWrites(good, plant()).join('\n')).toMatch(sentence);
  });

  test('nothing wrong in an exec into a container that an approved run adds', () => {
    expect(judgeWrites(good, exec(madeName({ run: standing })))).toEqual([]);
  });
});
