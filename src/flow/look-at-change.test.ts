import { describe, expect, test } from 'vitest';
import type { Change } from '../core/change.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { CASE_PATH, RUN_PATH } from '../core/marks.ts';
import { lookAtChange } from './look-at-change.ts';

const signal = new AbortController().signal;

const change: Change = {
  ...{ id: '1', run: 'FB-2026-0007-2', case: 'FB-2026-0007', verb: 'label', cluster: 'prod', fence: 1 },
  ...{ resourceVersion: '10', state: 'intended', intendedAt: new Date(0) },
  object: { kind: 'pod', namespace: 'payments', name: 'x', uid: 'uid-1' },
  fields: [
    { path: ['metadata', 'labels', 'quarantine'], before: null, after: 'true' },
    { path: [...RUN_PATH], before: null, after: 'FB-2026-0007-2' },
    { path: [...CASE_PATH], before: null, after: 'FB-2026-0007' },
  ],
};

const pod = (resourceVersion: string, labels: object, annotations: object = {}, uid = 'uid-1') => ({
  metadata: { name: 'x', namespace: 'payments', uid, resourceVersion, labels, annotations },
});
const done = [
  { quarantine: 'true', 'firebreak.dev/case': 'FB-2026-0007' },
  { 'firebreak.dev/run': 'FB-2026-0007-2' },
] as const;

const look = (found: unknown) => lookAtChange({ get: async () => found }, change, signal);

describe('a change whose outcome was lost', () => {
  test('is applied when all of it stands there', async () => {
    expect(await look(pod('11', ...done))).toEqual({ kind: 'applied', resourceVersion: '11' });
  });

  test('leaves its object untouched as long as the resourceVersion is that of the pre-image', async () => {
    expect(await look(pod('10', {}))).toEqual({ kind: 'untouched' });
  });

  test('was certainly not applied when the object moved on without it', async () => {
    expect(await look(pod('12', { team: 'red' }))).toMatchObject({ kind: 'not applied' });
  });

  test('is unknown when only a part of it stands there', async () => {
    expect(await look(pod('12', { quarantine: 'true' }))).toMatchObject({ kind: 'unknown' });
  });

  test('is unknown when the values stand there by the hand of another run', async () => {
    const [labels] = done;
    expect(await look(pod('12', labels, { 'firebreak.dev/run': 'FB-2026-0007-9' }))).toMatchObject({
      kind: 'unknown',
    });
  });

  test('is unknown when another object has the name by now', async () => {
    expect(await look(pod('11', ...done, 'uid-2'))).toEqual({ kind: 'unknown' });
  });

  test('is unknown when the object is gone', async () => {
    const get = () =>
      Promise.reject(new FirebreakError({ code: 'not-found', message: 'No.', next: 'Look.' }));
    expect(await lookAtChange({ get }, change, signal)).toEqual({ kind: 'unknown' });
  });

  test('is not judged by a cluster that does not answer', async () => {
    const get = () =>
      Promise.reject(new FirebreakError({ code: 'cluster-unreachable', message: 'No.', next: 'Look.' }));
    await expect(lookAtChange({ get }, change, signal)).rejects.toMatchObject({
      code: 'cluster-unreachable',
    });
  });
});
