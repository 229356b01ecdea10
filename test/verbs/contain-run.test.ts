import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/core/change.ts';
import type { Artifact } from '../../src/core/evidence.ts';
import { type ErrorCode, FirebreakError } from '../../src/core/firebreak-error.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { ExecuteContext } from '../../src/core/verb.ts';
import { contain } from '../../src/verbs/contain.ts';
import { change as changed, ENTRY, targetOf } from './plan-scene.ts';

const NODE = { kind: 'node', namespace: '', name: 'node-a', uid: 'n' } as const;
const failure = (code: ErrorCode): FirebreakError =>
  new FirebreakError({ code, message: `It failed: ${code}.`, next: 'Do something.' });

const COLLECTED: Artifact = {
  ...{ name: 'volatile.jsonl', completeness: 'COUNTED', tools: 'suspect', bytes: 1, sha256: 'a'.repeat(64) },
  ...{ notes: [], method: 'sh -s', startedAt: '', endedAt: '' },
};

const POD = {
  metadata: { name: 'x', namespace: 'payments', uid: 'u' },
  spec: { nodeName: 'node-a', containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    containerStatuses: [
      { name: 'app', containerID: 'containerd://app', restartCount: 0, state: { running: {} } },
    ],
  },
};

interface Play {
  readonly playbook?: Playbook;
  /** Steps of `change` that fail. */
  readonly fails?: Readonly<Record<string, ErrorCode>>;
  /** Steps that the plan left out. */
  readonly leftOut?: readonly string[];
  readonly collect?: () => Promise<Artifact>;
  readonly stopped?: AbortSignal;
}

const playContainment = async (play: Play) => {
  const { playbook = ['hold', 'volatile', 'isolate', 'label', 'cordon'], fails = {}, leftOut = [] } = play;
  const done: string[] = [];
  const forbidden = (what: string) => () => Promise.reject(new Error(`${what} is not its to use`));
  const change: ExecuteContext['change'] = async (step = '') => {
    const code = fails[step];
    if (code !== undefined) throw failure(code);
    if (leftOut.some((one) => step.startsWith(one))) return [];
    done.push(step);
    const made = changed([{ path: ['metadata', 'labels', 'quarantine'], before: null, after: 'true' }]);
    const object = /node|cordon/u.test(step) ? NODE : made.object;
    return [{ ...made, object } satisfies Change];
  };
  const context: ExecuteContext = {
    cluster: {
      get: async ({ resource }) => (resource === 'pods' ? POD : Promise.reject(failure('not-found'))),
      ...{ list: async () => [], allowed: forbidden('allowed'), allowedFor: forbidden('allowedFor') },
      ...{ version: forbidden('version'), logs: forbidden('logs'), exec: forbidden('exec') },
    },
    names: { run: 'FB-2026-0001-1', case: 'FB-2026-0001' },
    ...{
      proof: {
        targets: { tries: [], listenerPort: 1, lacking: [] },
        network: 'pod',
        engine: { kind: 'none found', off: [] },
      },
    },
    ...{ entry: { ...ENTRY, playbook }, change, proved: forbidden('proved') },
    bundle: {
      put: forbidden('put'),
      collect: play.collect ?? (async () => COLLECTED),
      missing: (name) => done.push(`missing ${name}`),
      ...{ record: forbidden('record'), keyedHash: String, seal: forbidden('seal') },
    },
    target: targetOf({ kind: 'pod', containers: ['app'] }),
    ...{ arguments: { container: 'app' }, drift: [], signal: play.stopped ?? new AbortController().signal },
    clock: { now: () => new Date(0), monotonicMs: () => 0, sleep: async () => undefined },
    progress: () => undefined,
  };
  const outcome = await contain.execute(context).then(
    (value) => ({ value }),
    (thrown: unknown) => ({ thrown }),
  );
  return { done, outcome };
};

const sentenceOf = (outcome: Awaited<ReturnType<typeof playContainment>>['outcome']): string =>
  'thrown' in outcome && outcome.thrown instanceof FirebreakError
    ? outcome.thrown.sentence
    : 'it did not fail';

describe('a containment', () => {
  test('does the harmless steps although its isolation failed, and says loudly that nothing is contained', async () => {
    const { done, outcome } = await playContainment({ fails: { 'isolate/look': 'not-allowed' } });
    expect(done).toEqual([
      ...['hold/hold pod', 'hold/hold budget', 'hold/hold policy', 'hold/hold node'],
      ...['label', 'hold/hold node', 'cordon'],
    ]);
    expect(sentenceOf(outcome)).toMatch(
      /^NOT CONTAINED: It failed: not-allowed. Done: hold, volatile, label and cordon. Do something./,
    );
  });

  test('comes to its isolation although the steps before it failed', async () => {
    const { outcome } = await playContainment({
      fails: { 'hold/hold pod': 'conflict', 'isolate/look': 'cluster-timeout' },
      collect: () => Promise.reject(failure('evidence-store')),
    });
    expect(sentenceOf(outcome)).toContain('NOT CONTAINED: It failed: cluster-timeout.');
    expect(sentenceOf(outcome)).toContain('NOT DONE: hold. It failed: conflict.');
    expect(sentenceOf(outcome)).toContain('NOT DONE: volatile. It failed: evidence-store.');
  });

  test.each(['cancelled', 'superseded', 'interrupted', 'database-unavailable'] as const)(
    'does no further step where the run ends as %s',
    async (code) => {
      const { done, outcome } = await playContainment({ fails: { 'hold/hold budget': code } });
      expect(outcome).toMatchObject({ thrown: { code } });
      expect(done).toEqual(['hold/hold pod', 'missing volatile.jsonl']);
    },
  );

  test('does no further step once it was stopped, whatever the failure', async () => {
    const stopping = AbortSignal.abort(failure('cancelled'));
    const { done } = await playContainment({ fails: { 'hold/hold pod': 'conflict' }, stopped: stopping });
    expect(done).toEqual(['missing volatile.jsonl']);
  });

  test('does not wait longer for the volatile part than its deadline, and has it before it ends', async () => {
    const arriving = Promise.withResolvers<Artifact>();
    const cut = Promise.withResolvers<undefined>();
    const order: string[] = [];
    const playing = playContainment({
      playbook: ['volatile', 'isolate'],
      fails: {
        get 'isolate/look'(): ErrorCode {
          order.push('cut');
          cut.resolve(undefined);
          return 'conflict';
        },
      },
      collect: async () => {
        const artifact = await arriving.promise;
        order.push('collected');
        return artifact;
      },
    });
    await cut.promise;
    arriving.resolve(COLLECTED);
    const { outcome } = await playing;
    expect(order).toEqual(['cut', 'collected']);
    expect(sentenceOf(outcome)).toContain('Done: volatile.');
  });

  test('does not say that it did what its plan left out', async () => {
    const { outcome } = await playContainment({
      leftOut: ['hold', 'cordon'],
      fails: { 'isolate/look': 'conflict' },
    });
    expect(sentenceOf(outcome)).toContain('Done: volatile and label.');
  });

  test('has the cordon set the node’s annotations where the hold came to its end before', async () => {
    const { done } = await playContainment({
      fails: { 'hold/hold budget': 'conflict', 'isolate/look': 'conflict' },
    });
    expect(done).toEqual(['hold/hold pod', 'label', 'hold/hold node', 'cordon']);
  });
});
