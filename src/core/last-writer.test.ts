import { describe, expect, test } from 'vitest';
import { lastWriter } from './last-writer.ts';
import { OBJECT_PATH } from './structure.ts';

const entry = (manager: string, time: string, fieldsV1: unknown, subresource?: string) => ({
  ...{ manager, operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1 },
  ...(subresource === undefined ? {} : { subresource }),
});
const object = (...managedFields: readonly object[]) => ({ metadata: { name: 'x', managedFields } });

/** As API server 1.36 recorded it of a node: labels by kubelet, an annotation by the controller manager, status, and a cordon. */
const NODE = object(
  entry('kubelet', '2026-11-20T17:53:07Z', {
    'f:metadata': {
      'f:annotations': { '.': {}, 'f:volumes.kubernetes.io/controller-managed-attach-detach': {} },
      'f:labels': {
        '.': {},
        'f:kubernetes.io/arch': {},
        'f:kubernetes.io/hostname': {},
        'f:kubernetes.io/os': {},
      },
    },
  }),
  entry('kube-controller-manager', '2026-11-20T17:53:12Z', {
    'f:metadata': { 'f:annotations': { 'f:node.alpha.kubernetes.io/ttl': {} } },
  }),
  entry(
    'kubelet',
    '2026-11-20T18:19:51Z',
    { 'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': { 'f:lastHeartbeatTime': {} } } } },
    'status',
  ),
  entry('firebreak', '2026-11-20T18:23:20Z', { 'f:spec': { 'f:unschedulable': {} } }),
);
const CORDON = ['spec', 'unschedulable'];
const TAKEN_AWAY = ['metadata', 'labels', 'quarantine'];

describe('who last wrote a field', () => {
  test('is who holds it', () => {
    expect(lastWriter(NODE, ['metadata', 'labels', 'kubernetes.io/os'])).toEqual({
      ...{ manager: 'kubelet', at: '2026-11-20T17:53:07Z', wrote: 'this field' },
    });
    expect(lastWriter(NODE, ['metadata', 'annotations', 'node.alpha.kubernetes.io/ttl'])).toMatchObject({
      manager: 'kube-controller-manager',
    });
  });

  test('is, of a field that nobody holds, neither Firebreak nor who only reports a status', () => {
    expect(lastWriter(NODE, TAKEN_AWAY)).toEqual({
      ...{ manager: 'kube-controller-manager', at: '2026-11-20T17:53:12Z', wrote: 'the object' },
    });
  });

  test('is nobody who had written before Firebreak did', () => {
    expect(lastWriter(NODE, TAKEN_AWAY, new Date('2026-11-20T18:23:20Z'))).toBeUndefined();
  });

  test('is a client that calls itself firebreak, where that holds the field, and no innocent one', () => {
    expect(lastWriter(NODE, CORDON)).toEqual({
      ...{ manager: 'firebreak', at: '2026-11-20T18:23:20Z', wrote: 'this field' },
    });
  });

  test('is, of a field that was taken away, who wrote anything since, and is said to be only that', () => {
    const labelled = object(
      entry('kubectl-create', '2026-11-20T18:00:00Z', { 'f:metadata': { 'f:labels': { 'f:app': {} } } }),
      entry('kubectl-label', '2026-11-20T18:30:00Z', { 'f:metadata': { 'f:labels': { 'f:team': {} } } }),
    );
    expect(
      lastWriter(labelled, ['metadata', 'labels', 'quarantine'], new Date('2026-11-20T18:23:20.500Z')),
    ).toEqual({ manager: 'kubectl-label', at: '2026-11-20T18:30:00Z', wrote: 'the object' });
  });

  test('is the newest of several that hold it', () => {
    const fields = { 'f:metadata': { 'f:labels': { 'f:quarantine': {} } } };
    const both = object(
      entry('kubectl-edit', '2026-11-20T18:31:00Z', fields),
      entry('argocd-controller', '2026-11-20T18:32:00Z', fields),
      entry('kubectl-label', '2026-11-20T18:30:00Z', fields),
    );
    expect(lastWriter(both, ['metadata', 'labels', 'quarantine'])?.manager).toBe('argocd-controller');
  });

  test('is, of an object that Firebreak made, whoever else wrote anything in it', () => {
    const policy = object(
      entry('firebreak', '2026-11-20T18:23:20Z', { 'f:spec': { 'f:podSelector': {} } }),
      entry('kubectl-edit', '2026-11-20T18:40:00Z', { 'f:spec': { 'f:egress': {} } }),
    );
    expect(lastWriter(policy, OBJECT_PATH)).toEqual({
      ...{ manager: 'kubectl-edit', at: '2026-11-20T18:40:00Z', wrote: 'this field' },
    });
  });

  test('is nobody where the object does not say it', () => {
    expect(lastWriter({ metadata: { name: 'x' } }, CORDON)).toBeUndefined();
    expect(lastWriter(object({ manager: 'kubectl', fieldsV1: {} }), CORDON)).toBeUndefined();
    expect(lastWriter('gone', CORDON)).toBeUndefined();
  });
});
