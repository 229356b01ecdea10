import { expect, test } from 'vitest';
import { probePortsOf } from './probe-ports.ts';
import { provenPodSchema } from './proven-pod.ts';

test('the ports that kubelet asks are those of every probe that has one, by number, sidecars’ too', () => {
  const pod = provenPodSchema.parse({
    metadata: { namespace: 'shop', name: 'web', uid: 'u' },
    spec: {
      initContainers: [
        { name: 'proxy', restartPolicy: 'Always', startupProbe: { httpGet: { port: 15_021, path: '/' } } },
      ],
      containers: [
        {
          name: 'app',
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'admin', containerPort: 9090 },
          ],
          livenessProbe: { httpGet: { port: 'http', path: '/live' } },
          readinessProbe: { tcpSocket: { port: 8080 } },
        },
        {
          name: 'rpc',
          livenessProbe: { grpc: { port: 50_051 } },
          readinessProbe: { exec: { command: ['true'] } },
        },
      ],
    },
    status: {},
  });
  expect(probePortsOf(pod)).toEqual([8080, 50_051, 15_021]);
});
