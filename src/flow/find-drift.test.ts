import { describe, expect, test } from 'vitest';
import type { ClusterReader } from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Target } from '../core/target.ts';
import { findDrift } from './find-drift.ts';

const signal = new AbortController().signal;

const target: Target = {
  ...{ kind: 'pod', namespace: 'payments', name: 'x', uid: 'uid-1', phase: 'Running', node: 'n' },
  ...{ serviceAccount: 'default', owners: [] },
  containers: ['app', 'sidecar'].map((name) => ({
    ...{ name, id: `containerd://${name}-1`, restartCount: 2, state: 'running' as const },
    ...{ image: '', imageDigest: '' },
  })),
};

const status = (name: string, containerID = `containerd://${name}-1`, restartCount = 2) => ({
  ...{ name, containerID, restartCount, state: { running: {} } },
});
const pod = (uid: string, ...containerStatuses: readonly unknown[]) => ({
  metadata: { name: 'x', namespace: 'payments', uid },
  spec: { containers: [{ name: 'app' }, { name: 'sidecar' }] },
  status: { phase: 'Running', containerStatuses },
});
const answering = (get: ClusterReader['get']): ClusterReader => ({
  get,
  list: async () => [],
  allowed: async () => true,
  allowedFor: async () => true,
  version: async () => '',
});
const drift = (found: unknown) =>
  findDrift(
    answering(async () => found),
    target,
    signal,
  );

describe('a target right before acting', () => {
  test('has no drift when every container is the approved one', async () => {
    expect(await drift(pod('uid-1', status('app'), status('sidecar')))).toEqual({ drift: [] });
  });

  test('names a restarted container with both ids', async () => {
    expect(await drift(pod('uid-1', status('app', 'containerd://app-2', 3), status('sidecar')))).toEqual({
      drift: [
        {
          container: 'app',
          planned: { id: 'containerd://app-1', restartCount: 2 },
          found: { id: 'containerd://app-2', restartCount: 3 },
        },
      ],
    });
  });

  test.each([
    { what: 'another id alone', found: status('app', 'containerd://app-2') },
    { what: 'another restart count alone', found: status('app', 'containerd://app-1', 3) },
  ])('names a container by $what', async ({ found }) => {
    const { drift: drifted } = await drift(pod('uid-1', found, status('sidecar')));
    expect(drifted.map(({ container }) => container)).toEqual(['app']);
  });

  test('names a container whose status is gone', async () => {
    const { drift: found } = await drift(pod('uid-1', status('app')));
    expect(found).toMatchObject([{ container: 'sidecar', found: { id: '', restartCount: 0 } }]);
  });

  test('is refused when another pod has its name', async () => {
    await expect(drift(pod('uid-2', status('app'), status('sidecar')))).rejects.toMatchObject({
      code: 'target-replaced',
      message: expect.stringContaining('uid-2'),
    });
  });

  test('is refused when it is gone', async () => {
    const gone = answering(async () => {
      throw new FirebreakError({ code: 'not-found', message: 'Gone.', next: 'Look.' });
    });
    await expect(findDrift(gone, target, signal)).rejects.toMatchObject({
      code: 'target-replaced',
      message: expect.stringContaining('is gone'),
    });
  });

  test('is not called gone when it may not be read', async () => {
    const forbidden = answering(async () => {
      throw new FirebreakError({ code: 'not-allowed', message: 'No.', next: 'Grant.' });
    });
    await expect(findDrift(forbidden, target, signal)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  test('is an error of the cluster’s when it has not the shape of a pod', async () => {
    await expect(drift({ kind: 'Status' })).rejects.toMatchObject({ code: 'cluster-answer' });
  });
});
