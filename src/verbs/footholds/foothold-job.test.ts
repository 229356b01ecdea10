import { expect, test } from 'vitest';
import { nodePod } from './node-pod.ts';
import { probePod } from './probe-pod.ts';

const IMAGE = `registry.example.com/firebreak-tools@sha256:${'0f'.repeat(32)}`;
const order = { run: 'FB-2026-0007-3', case: 'FB-2026-0007', toolImage: IMAGE, deadlineSeconds: 900 };

/** Written out: whatever is added here is added to a cluster that somebody else may have taken over. */
const manifest = (names: object, pod: object, securityContext: object) => ({
  ...{ apiVersion: 'batch/v1', kind: 'Job' },
  metadata: { ...names, labels: { 'firebreak.dev/foothold': 'FB-2026-0007-3' } },
  spec: {
    ...{ activeDeadlineSeconds: 900, ttlSecondsAfterFinished: 60, backoffLimit: 0 },
    template: {
      metadata: {
        labels: {
          'firebreak.dev/foothold': 'FB-2026-0007-3',
          'firebreak.dev/case': 'FB-2026-0007',
          'sidecar.istio.io/inject': 'false',
          'kuma.io/sidecar-injection': 'disabled',
        },
        annotations: { 'linkerd.io/inject': 'disabled' },
      },
      spec: {
        ...{ restartPolicy: 'Never', activeDeadlineSeconds: 900, terminationGracePeriodSeconds: 1 },
        ...{ automountServiceAccountToken: false, enableServiceLinks: false },
        ...pod,
        containers: [
          {
            ...{ name: 'firebreak', image: IMAGE, imagePullPolicy: 'IfNotPresent' },
            command: ['/usr/bin/sleep', '900'],
            resources: {
              requests: { cpu: '10m', memory: '32Mi' },
              limits: { cpu: '500m', memory: '256Mi' },
            },
            securityContext,
          },
        ],
      },
    },
  },
});
const RESTRICTED = {
  ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
  ...{ runAsUser: 65_534, runAsGroup: 65_534 },
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

test('a probe pod is this and nothing else', () => {
  const names = { name: 'firebreak-fb-2026-0007-3-probe', namespace: 'probes' };
  const linux = { nodeSelector: { 'kubernetes.io/os': 'linux' } };
  const away = {
    ...{ key: 'metadata.name', operator: 'NotIn', values: ['node-a'] },
  };
  const preferred = { weight: 100, preference: { matchFields: [away] } };
  expect(probePod(order, { namespace: 'probes', awayFrom: 'node-a' })).toEqual(
    manifest(
      names,
      {
        ...linux,
        affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preferred] } },
      },
      RESTRICTED,
    ),
  );
  expect(probePod(order, { namespace: 'probes', awayFrom: '' })).toEqual(manifest(names, linux, RESTRICTED));
});

test('a node pod is this and nothing else', () => {
  expect(nodePod(order, { namespace: 'nodes', node: 'node-a' })).toEqual(
    manifest(
      { name: 'firebreak-fb-2026-0007-3-node', namespace: 'nodes' },
      { nodeName: 'node-a', tolerations: [{ operator: 'Exists' }], hostPID: true },
      {
        ...{ privileged: true, allowPrivilegeEscalation: true, readOnlyRootFilesystem: true },
        ...{ runAsNonRoot: false, runAsUser: 0, runAsGroup: 0 },
        seccompProfile: { type: 'Unconfined' },
      },
    ),
  );
});
