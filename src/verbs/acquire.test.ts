import { describe, expect, test } from 'vitest';
import { ENTRY } from '../../test/verbs/plan-scene.ts';
import type { ClusterClient } from '../core/cluster.ts';
import type { Artifact, Bundle, CollectRequest } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Target } from '../core/target.ts';
import type { ExecuteContext } from '../core/verb.ts';
import { acquire } from './acquire.ts';

const running = { name: 'app', id: 'containerd://1', restartCount: 0, state: 'running' } as const;

const target: Target = {
  kind: 'pod',
  namespace: 'payments',
  name: 'x',
  uid: 'uid-1',
  phase: 'Running',
  node: 'node-a',
  serviceAccount: 'default',
  owners: [],
  containers: [{ ...running, image: 'i', imageDigest: '' }],
};

const podOf = (
  change: { readonly uid?: string; readonly id?: string; readonly restartCount?: number } = {},
) => ({
  metadata: { name: 'x', namespace: 'payments', uid: change.uid ?? 'uid-1' },
  spec: { containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'app',
        containerID: change.id ?? running.id,
        restartCount: change.restartCount ?? 0,
        state: { running: {} },
      },
    ],
  },
});

const failed = (code: ConstructorParameters<typeof FirebreakError>[0]['code']): FirebreakError =>
  new FirebreakError({ code, message: `It failed: ${code}.`, next: 'Do something.' });

async function* lines(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

interface Play {
  /** The pod, as each read finds it; the last one stays. */
  readonly pods?: readonly (object | FirebreakError)[];
  readonly logs?: () => Promise<AsyncIterable<Uint8Array>>;
  readonly collect?: (request: CollectRequest) => Promise<Partial<Artifact>>;
  readonly put?: (name: string) => void;
}

/** Runs the verb against a cluster and a bundle that do what the play says, and keeps what it did. */
const play = async ({ pods = [podOf()], logs, collect, put }: Play) => {
  const done: string[] = [];
  const missing: string[] = [];
  let reads = 0;
  const artifact = (name: string): Artifact => ({
    ...{ name, completeness: 'COUNTED', tools: 'api', bytes: 0, sha256: '', notes: [], method: '' },
    ...{ startedAt: '', endedAt: '' },
  });
  const cluster: ClusterClient = {
    get: async () => {
      const found = pods[Math.min(reads++, pods.length - 1)];
      if (found instanceof FirebreakError) throw found;
      return found;
    },
    list: async () => [],
    allowed: async () => true,
    allowedFor: async () => true,
    version: async () => 'v1.36.2',
    logs: logs ?? (async () => lines('log\n')),
    exec: () => Promise.reject(new Error('only the bundle runs something')),
  };
  const bundle: Bundle = {
    put: async (name) => {
      put?.(name);
      done.push(`put ${name}`);
      return artifact(name);
    },
    collect: async (request) => {
      done.push(`collect ${request.collection}`);
      const name = request.collection === 'files' ? 'files.tar' : 'volatile.jsonl';
      return { ...artifact(name), ...(await collect?.(request)) };
    },
    missing: (name, _method, why) => missing.push(`${name}: ${why}`),
    record: () => Promise.reject(new Error('the flow records')),
    keyedHash: (value) => `hash of ${value.length}`,
    seal: () => Promise.reject(new Error('the flow seals')),
  };
  const context: ExecuteContext = {
    cluster,
    target,
    arguments: { container: 'app' },
    bundle,
    change: () => Promise.reject(new Error('it changes nothing')),
    proved: () => Promise.reject(new Error('it proves nothing')),
    names: { run: 'FB-2026-0001-1', case: 'FB-2026-0001' },
    proof: undefined,
    entry: ENTRY,
    clock: { now: () => new Date(0), monotonicMs: () => 0, sleep: async () => undefined },
    signal: new AbortController().signal,
    drift: [],
    progress: () => undefined,
  };
  const outcome = await acquire.execute(context).catch((thrown: unknown) => thrown);
  return { outcome, done, missing };
};

describe('acquire', () => {
  test('reads objects, the volatile state, logs and files, in that order', async () => {
    const { done, missing, outcome } = await play({});
    expect(done).toEqual([
      'put pod.json',
      'put events.json',
      'collect volatile',
      'put logs/app.log',
      'collect files',
    ]);
    expect(missing).toEqual([]);
    expect(outcome).toEqual({ summary: 'Evidence of app in pod/x was collected.', findings: [] });
  });

  test('runs nothing more in a container that was restarted while it was read', async () => {
    const restarted = podOf({ id: 'containerd://2', restartCount: 1 });
    const { done, missing, outcome } = await play({ pods: [podOf(), podOf(), restarted] });
    expect(done).toContain('collect volatile');
    expect(done).not.toContain('collect files');
    expect(done).toContain('put logs/app.previous.log');
    expect(missing).toEqual([expect.stringContaining('files.tar: The container was restarted or replaced')]);
    expect(outcome).toMatchObject({ summary: expect.stringContaining('INCOMPLETE: files.tar.') });
  });

  test('ends when another pod stands under the name, and names what it never came to', async () => {
    const { done, missing, outcome } = await play({ pods: [podOf(), podOf(), podOf({ uid: 'uid-2' })] });
    expect(outcome).toMatchObject({ code: 'target-replaced' });
    expect(done).toEqual(['put pod.json', 'put events.json', 'collect volatile']);
    expect(missing).toEqual([
      'logs/app.log: The run ended before this was read.',
      'files.tar: The run ended before this was read.',
    ]);
  });

  test('goes on when the pod can’t be read for a moment, and runs nothing that it could not check', async () => {
    const away = failed('cluster-timeout');
    const { done, missing } = await play({ pods: [podOf(), away, away, podOf()] });
    expect(done).toEqual(['put pod.json', 'put events.json', 'put logs/app.log', 'collect files']);
    expect(missing).toEqual(['volatile.jsonl: It failed: cluster-timeout.']);
  });

  test.each(['evidence-store', 'superseded'] as const)(
    'never takes %s for a log that can’t be read',
    async (code) => {
      const { outcome, missing } = await play({
        put: (name) => {
          if (name.startsWith('logs/')) throw failed(code);
        },
      });
      expect(outcome).toMatchObject({ code });
      expect(missing.map((line) => line.split(':')[0])).toEqual(['logs/app.log', 'files.tar']);
    },
  );

  test('goes on after a log that the cluster refuses, and says what to do about it', async () => {
    const { outcome, missing, done } = await play({ logs: () => Promise.reject(failed('not-allowed')) });
    expect(missing).toEqual(['logs/app.log: It failed: not-allowed.']);
    expect(done).toContain('collect files');
    expect(outcome).toMatchObject({
      summary:
        'Not all of app in pod/x was collected; INCOMPLETE: logs/app.log. It failed: not-allowed. Do something.',
    });
  });

  test('gives one reason when nothing from inside is whole for the same one', async () => {
    const { outcome } = await play({
      collect: async () => ({ completeness: 'INCOMPLETE', notes: ['It was cut.'] }),
    });
    expect(outcome).toMatchObject({
      summary: expect.stringMatching(
        /^Nothing from inside app in pod\/x is whole, only logs and API objects\. It was cut\. What arrived is kept/,
      ),
    });
  });

  test('says what no method of this version can read, where that is all that is missing', async () => {
    const noShell = () => Promise.reject(failed('no-shell'));
    expect((await play({ collect: noShell })).outcome).toMatchObject({
      outOfReach: ['volatile.jsonl', 'files.tar'],
    });
    const logs = () => Promise.reject(failed('not-allowed'));
    expect((await play({ collect: noShell, logs })).outcome).not.toHaveProperty('outOfReach');
  });
});
