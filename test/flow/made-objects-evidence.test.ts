import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import type { Run } from '../../src/flow/ledger.ts';
import { auditEvent, REQUESTER } from '../ledger-fixture.ts';
import {
  type Deed,
  denyPolicy,
  type MadeObjectsScene,
  madeName,
  madeObjectsScene,
  setLabel,
} from './made-objects-scene.ts';

let scene: MadeObjectsScene;
beforeEach(async () => {
  scene = await madeObjectsScene();
});
afterEach(() => scene[Symbol.asyncDispose]());

async function* text(words: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(words);
}

const contains = (work: Deed['work']): void =>
  scene.intends({
    writes: (names) => [denyPolicy(names, 'deny'), setLabel('label', 'quarantine', 'true')],
    leavesEvidence: 'bundle',
    work: async (context) => {
      await context.bundle.put('pod.json', 'GET pods/x', text('{}'));
      await work?.(context);
    },
  });
const folderOf = ({ id, case: caseId }: Run): string => join(scene.evidence, caseId, id);
const changesIn = async (run: Run): Promise<unknown> =>
  JSON.parse(await readFile(join(folderOf(run), 'changes.json'), 'utf8'));

test('a bundle holds what its run changed, what stood there before, and the commands that put it back', async () => {
  contains(async ({ change }) => {
    await change();
  });
  const run = await scene.does('fence lab pod/x');
  const name = madeName({ run: run.id });
  expect(run).toMatchObject({ state: 'succeeded' });
  expect(await changesIn(run)).toMatchObject({
    ...{ format: 'firebreak-changes', version: 1, case: run.case, run: run.id, cluster: 'lab' },
    changes: [
      {
        ...{ step: 'deny', outcome: 'applied', madeUid: scene.policy(name)?.metadata.uid },
        object: { kind: 'networkpolicy', namespace: 'payments', name },
        fields: [{ path: ['(object)'], before: null }],
        byHand: {
          does: 'puts it back',
          command: `kubectl delete networkpolicies.networking.k8s.io/${name} -n payments`,
        },
      },
      {
        ...{ step: 'label', outcome: 'applied' },
        byHand: { command: expect.stringContaining('kubectl patch pods/x -n payments') },
      },
    ],
  });
  expect(run.result?.evidence?.artifacts).toContainEqual(
    expect.objectContaining({ name: 'changes.json', completeness: 'VERIFIED' }),
  );
  expect(await readFile(join(folderOf(run), 'SHA256SUMS'), 'utf8')).toContain('  changes.json\n');
});

test('a run that was stopped in the middle seals what it had changed by then', async () => {
  contains(async ({ change, names, signal }) => {
    await change('deny');
    await scene.fixture.ledger.write((transaction) =>
      transaction.requestCancel(names.run, REQUESTER, auditEvent('run.cancel-requested', names.run)),
    );
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    signal.throwIfAborted();
  });
  const run = await scene.does('fence lab pod/x');
  expect(run.state).toBe('cancelled');
  expect(await changesIn(run)).toMatchObject({ changes: [{ step: 'deny', outcome: 'applied' }] });
});

test('a change of which nobody knows the outcome is settled before the bundle is sealed', async () => {
  scene.between = async (request, send) => {
    if (request.method !== 'POST' || request.mode === 'dry run') return await send(request);
    throw new FirebreakError({ code: 'cluster-unreachable', message: 'Cut.', next: 'Look.' });
  };
  contains(async ({ change }) => {
    await change();
  });
  const run = await scene.does('fence lab pod/x');
  expect(run.state).toBe('failed');
  expect(await changesIn(run)).toMatchObject({
    changes: [
      { outcome: 'unknown', byHand: { does: 'look', command: expect.stringContaining('kubectl get') } },
    ],
  });
});

test('a run that changed nothing has no such file', async () => {
  contains(async () => undefined);
  const run = await scene.does('fence lab pod/x');
  expect(await readdir(folderOf(run))).toEqual(['SHA256SUMS', 'manifest.json', 'pod.json']);
});
