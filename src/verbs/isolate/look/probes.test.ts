import { describe, expect, test } from 'vitest';
import { probedContainers, probeSentences } from './probes.ts';

const http = (more: object = {}) => ({ httpGet: { path: '/', port: 80 }, ...more });
const pod = (container: object, more: { readonly spec?: object; readonly started?: boolean } = {}) => ({
  spec: { containers: [{ name: 'app', ...container }], ...more.spec },
  status: { containerStatuses: [{ name: 'app', started: more.started ?? true }] },
});

describe('what probes do to a pod that is cut off', () => {
  test('counts the tries that have to fail, with the API’s own defaults', () => {
    expect(probedContainers(pod({ livenessProbe: http() }))).toEqual([
      {
        ...{ container: 'app', probe: 'liveness', through: 'the network' },
        ...{ restartedAfterSeconds: 31, afterwards: 'started again' },
      },
    ]);
    const slow = http({ periodSeconds: 5, failureThreshold: 6, timeoutSeconds: 4, initialDelaySeconds: 60 });
    expect(probedContainers(pod({ livenessProbe: slow }))[0]?.restartedAfterSeconds).toBe(34);
  });

  test('adds the first delay for a container that is still starting, whose startup probe counts alone', () => {
    const startupProbe = http({ periodSeconds: 1, failureThreshold: 90, initialDelaySeconds: 5 });
    const both = { livenessProbe: http(), startupProbe };
    expect(probedContainers(pod(both, { started: false }))).toMatchObject([
      { probe: 'startup', restartedAfterSeconds: 96 },
    ]);
    expect(probedContainers(pod(both))).toMatchObject([{ probe: 'liveness', restartedAfterSeconds: 31 }]);
    expect(probedContainers(pod({ startupProbe }))).toEqual([]);
    const delayed = { livenessProbe: http({ initialDelaySeconds: 20 }) };
    expect(probedContainers(pod(delayed, { started: false }))[0]?.restartedAfterSeconds).toBe(51);
  });

  test('leaves readiness out: it restarts nothing', () => {
    expect(probedContainers(pod({ readinessProbe: http() }))).toEqual([]);
    expect(probeSentences([])).toEqual([
      'No container has a liveness or startup probe, so that kubelet restarts none for being cut off.',
    ]);
  });

  test('counts init containers that run beside the others, and no other init container', () => {
    const initContainers = [
      { name: 'proxy', restartPolicy: 'Always', livenessProbe: http() },
      { name: 'setup', livenessProbe: http() },
    ];
    expect(probedContainers(pod({}, { spec: { initContainers } }))).toMatchObject([{ container: 'proxy' }]);
  });

  test('is said in words, with what is lost', () => {
    const spec = { restartPolicy: 'Never' };
    expect(probeSentences(probedContainers(pod({ livenessProbe: http() })))).toEqual([
      'Container app: if its liveness probe fails, kubelet restarts it after about 31 s, and its processes and memory are lost.',
      'Those probes come from the pod’s own node, which a NetworkPolicy always lets in by its definition; not every engine keeps to that.',
    ]);
    const exec = { livenessProbe: { exec: { command: ['true'] } } };
    expect(probeSentences(probedContainers(pod(exec, { spec })))).toEqual([
      'Container app: if its liveness probe fails, kubelet ends it for good after about 31 s, and its processes and memory are lost; the probe is a command inside it, and fails if that needs the network.',
    ]);
  });
});
