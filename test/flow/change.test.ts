import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change, Write } from '../../src/core/change.ts';
import { CASE_PATH, RUN_PATH } from '../../src/core/marks.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Target } from '../../src/core/target.ts';
import type { Run } from '../../src/flow/ledger.ts';
import { makeChanges } from '../../src/flow/make-change.ts';
import { settleIntents } from '../../src/flow/settle-change.ts';
import { digest } from '../../src/runtime/digest.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { changingRuns } from '../changing-runs.ts';
import { type LedgerFixture, ledgerFixture, newRun } from '../ledger-fixture.ts';
import { OneObject } from './one-object.ts';

const target: Target = {
  kind: 'pod',
  ...{ namespace: 'payments', name: 'x', uid: 'uid-1', phase: 'Running' },
  ...{ node: 'node-a', serviceAccount: 'default', owners: [], containers: [] },
};

let fixture: LedgerFixture;
let pod: OneObject;
let run: Run;
let stop: AbortController;

const writeOf = (id: string): Write => ({
  object: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'uid-1' },
  fields: [
    { path: ['metadata', 'labels', 'quarantine'], before: null, after: 'true' },
    { path: [...RUN_PATH], before: null, after: id },
    { path: [...CASE_PATH], before: null, after: id.slice(0, id.lastIndexOf('-')) },
  ],
});
const labelled = () => ({ quarantine: 'true', 'firebreak.dev/case': run.case });

beforeEach(async () => {
  fixture = await ledgerFixture();
  pod = new OneObject();
  stop = new AbortController();
  const caseId = await fixture.ledger.write((transaction) =>
    transaction.openCase('C1', { team: 'T1', user: 'U1' }),
  );
  const { plan } = newRun();
  const planned: Plan = {
    ...plan,
    verb: 'label',
    effect: 'change',
    targets: [target],
    writes: [writeOf(`${caseId}-1`)],
  };
  const planText = digest.canonical(planned);
  const { id } = await fixture.request({
    plan: planned,
    planText,
    planDigest: digest.sha256(planText),
    state: 'queued',
  });
  await changingRuns(fixture).claim(id, ['uid-1']);
  run = await current(id);
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

const current = async (id: string): Promise<Run> => {
  const found = await fixture.ledger.run(id);
  if (found === undefined) throw new Error(`there is no run ${id}`);
  return found;
};
const quiet = () => undefined;
const deps = () => ({
  ledger: fixture.ledger,
  clock: systemClock,
  log: { info: quiet, warn: quiet, error: quiet },
});
const changing = () => ({ run, client: pod, hold: { signal: stop.signal } });
const make = () => makeChanges(deps(), changing());
const states = async (): Promise<readonly Change['state'][]> =>
  (await fixture.ledger.changesOf(run.id)).map(({ state }) => state);
const events = async () => {
  const { rows } = await fixture.pool.query<{ type: string; body: string }>(
    'select type, body from firebreak.audit_events where run_id = $1 order by seq',
    [run.id],
  );
  return rows
    .filter(({ type }) => type.startsWith('change.'))
    .map(({ type, body }) => ({ type, facts: JSON.parse(body).facts }));
};
/** Another worker takes the run over, as after a `kill -9`. */
const takeOver = async () => {
  await changingRuns(fixture).claim(run.id, ['uid-1']);
  run = await current(run.id);
};

describe('a change', () => {
  test('is tried, written down as intended, made, and written down as applied', async () => {
    pod.beforeChange = () => {
      expect(pod.patches.map(({ mode }) => mode)).toEqual(['dry run', 'for real']);
    };
    expect(await make()).toMatchObject([{ state: 'applied', verb: 'label' }]);
    expect(pod.labels).toEqual(labelled());
    expect(pod.annotations).toEqual({ 'firebreak.dev/run': run.id });
    expect(await events()).toMatchObject([
      {
        type: 'change.intended',
        facts: {
          fence: 1,
          resourceVersion: '10',
          request: { method: 'PATCH', body: { metadata: { uid: 'uid-1' } } },
        },
      },
      { type: 'change.settled', facts: { outcome: 'applied', fence: 1, resourceVersion: '11' } },
    ]);
  });

  test('has its intent committed before the call that makes it', async () => {
    let before: readonly Change['state'][] = [];
    pod.beforeChange = async () => {
      before = await states();
    };
    await make();
    expect(before).toEqual(['intended']);
  });

  test('keeps its hands off a field that someone else changed since the approval', async () => {
    pod.change({ quarantine: 'no' });
    await expect(make()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('label quarantine is no, it was absent'),
    });
    expect(pod.patches).toEqual([]);
    expect(await states()).toEqual([]);
  });

  test('is made all the same when others changed other fields meanwhile', async () => {
    pod.change({ team: 'red' });
    let moved = false;
    pod.beforeChange = () => {
      if (!moved) pod.change({ team: 'blue' });
      moved = true;
    };
    expect(await make()).toMatchObject([{ state: 'applied' }]);
    expect(pod.labels).toEqual({ ...labelled(), team: 'blue' });
    expect(await states()).toEqual(['not applied', 'applied']);
  });

  test('is never made on another object of the same name', async () => {
    pod.replace('uid-2');
    await expect(make()).rejects.toMatchObject({ code: 'target-replaced' });
    expect(pod.patches).toEqual([]);
  });

  test('that the server refuses is not applied, and its refusal is what is said', async () => {
    pod.fate('not-allowed');
    await expect(make()).rejects.toMatchObject({ code: 'not-allowed' });
    expect(await states()).toEqual(['not applied']);
    expect(pod.labels).toEqual({});
  });

  test('whose answer was lost is found applied', async () => {
    pod.fate('answer lost');
    expect(await make()).toMatchObject([{ state: 'applied' }]);
    expect(await events()).toMatchObject([{}, { facts: { outcome: 'applied', how: 'read back' } }]);
  });

  test('that never arrived is found not applied and made anew', async () => {
    pod.fate('never arrives');
    expect(await make()).toMatchObject([{ state: 'applied' }]);
    expect(await states()).toEqual(['not applied', 'applied']);
  });

  test('that arrives late is made once, and found', async () => {
    pod.fate('arrives late');
    expect(await make()).toMatchObject([{ state: 'applied' }]);
    expect(pod.labels).toEqual(labelled());
    expect(await states()).toEqual(['applied', 'not applied']);
    expect((await events()).at(-1)).toMatchObject({ facts: { outcome: 'applied', how: 'read back' } });
  });

  test('of which nobody can tell whether it happened ends the run with the command to look', async () => {
    pod.fate('answer lost');
    pod.afterChange = () => pod.change({ quarantine: null });
    await expect(make()).rejects.toMatchObject({
      code: 'outcome-unknown',
      next: expect.stringContaining('kubectl get pods/x -n payments -o yaml'),
    });
    expect(await states()).toEqual(['unknown']);
  });

  test('that never left this machine is not applied for certain', async () => {
    pod.fate('never sent', 'never sent', 'never sent', 'never sent', 'never sent');
    await expect(make()).rejects.toMatchObject({ code: 'cluster-unreachable' });
    await settleIntents(deps(), changing());
    expect(new Set(await states())).toEqual(new Set(['not applied']));
  });

  test('that ends with a try on its way is not said to be undone', async () => {
    pod.fate('never arrives', 'never arrives', 'never arrives', 'never arrives', 'never arrives');
    await expect(make()).rejects.toMatchObject({ code: 'cluster-unreachable' });
    await settleIntents(deps(), changing());
    expect(new Set(await states())).toEqual(new Set(['unknown']));
  });

  test('is not begun once the run was cancelled', async () => {
    stop.abort(new Error('cancelled by a person'));
    await expect(make()).rejects.toThrow('cancelled by a person');
    expect(pod.patches).toEqual([]);
  });

  test('that is under way when the run is cancelled comes to its end', async () => {
    pod.beforeChange = () => stop.abort(new Error('cancelled by a person'));
    expect(await make()).toMatchObject([{ state: 'applied' }]);
    expect(await states()).toEqual(['applied']);
  });

  test('is not sent by a worker that another has followed', async () => {
    const slow = changing();
    await takeOver();
    await expect(makeChanges(deps(), slow)).rejects.toMatchObject({ code: 'superseded' });
    expect(pod.patches.map(({ mode }) => mode)).toEqual(['dry run']);
    expect(await states()).toEqual([]);
  });

  test('is not settled by a worker that was overtaken while it was made', async () => {
    const slow = changing();
    pod.beforeChange = takeOver;
    await expect(makeChanges(deps(), slow)).rejects.toMatchObject({ code: 'superseded' });
    expect(await states()).toEqual(['intended']);
    await settleIntents(deps(), changing());
    expect(await states()).toEqual(['applied']);
  });
});

describe('a successor', () => {
  const dead = async (fate: 'never arrives' | 'answer lost') => {
    const intended = await changingRuns(fixture).intended({
      run: run.id,
      cluster: 'lab',
      object: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'uid-1' },
      fields: writeOf(run.id).fields,
      resourceVersion: '10',
      fence: 1,
    });
    if (fate === 'answer lost')
      await pod.write({
        method: 'PATCH',
        type: 'merge',
        path: { group: '', version: 'v1', resource: 'pods' },
        body: {
          metadata: {
            ...{ uid: 'uid-1', resourceVersion: '10', labels: labelled() },
            annotations: { 'firebreak.dev/run': run.id },
          },
        },
        mode: 'for real',
        signal: stop.signal,
      });
    await takeOver();
    pod.patches.splice(0);
    return intended;
  };

  test('finds applied what the dead one had done, and does it no second time', async () => {
    await dead('answer lost');
    expect(await make()).toMatchObject([{ state: 'applied', fence: 1 }]);
    expect(pod.patches).toEqual([]);
    expect(await events()).toMatchObject([
      { type: 'change.intended' },
      { type: 'change.settled', facts: { outcome: 'applied', fence: 2 } },
    ]);
  });

  test('makes what the dead one had only intended', async () => {
    await dead('never arrives');
    expect(await make()).toMatchObject([{ state: 'applied', fence: 2 }]);
    expect(await states()).toEqual(['not applied', 'applied']);
    expect(pod.labels).toEqual(labelled());
    expect((await events()).at(-1)).toMatchObject({ facts: { outcome: 'not applied', how: 'overtaken' } });
  });

  test('that ends without making it does not claim that it can not happen any more', async () => {
    await dead('never arrives');
    await settleIntents(deps(), changing());
    expect(await states()).toEqual(['unknown']);
  });

  test('asks a cluster that is away until it answers', async () => {
    await dead('answer lost');
    let asked = 0;
    const away = {
      get: async () => {
        asked += 1;
        if (asked < 3) throw new Error('connect ECONNREFUSED');
        return pod.get();
      },
      write: pod.write.bind(pod),
    };
    const sleepless = { ...systemClock, sleep: async () => undefined };
    await settleIntents({ ...deps(), clock: sleepless }, { ...changing(), client: away });
    expect(asked).toBe(3);
    expect(await states()).toEqual(['applied']);
  });
});
