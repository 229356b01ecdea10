import { afterAll, beforeAll, expect, it } from 'vitest';
import { ephemeralFoothold } from '../../src/verbs/footholds/ephemeral-foothold.ts';
import { POD_SECURITY_LEVELS, readPodSecurityLevel } from '../../src/verbs/footholds/pod-security-level.ts';
import { type FootholdScene, order, startFootholdScene } from './foothold-scene.ts';

const { signal } = new AbortController();
const NOT_ROOT = {
  ...{ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true },
  seccompProfile: { type: 'RuntimeDefault' },
};
/** What a namespace of each level admits as a target; `undefined` says nothing of its user. */
const TARGETS = {
  restricted: [{ ...NOT_ROOT, runAsUser: 1000 }, NOT_ROOT],
  baseline: [{ runAsUser: 1000 }, { runAsUser: 0, capabilities: { add: ['CHOWN'] } }, undefined],
  privileged: [
    { runAsUser: 1000 },
    { privileged: true },
    { capabilities: { add: ['NET_ADMIN'] } },
    undefined,
  ],
} as const;

let scene: FootholdScene;
beforeAll(async () => {
  scene = await startFootholdScene('no shell');
}, 30_000);
afterAll(() => scene[Symbol.asyncDispose]());

it.each(POD_SECURITY_LEVELS)(
  'a foothold beside whatever target `%s` admits is admitted there too',
  async (level) => {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    expect(await scene.create('/api/v1/namespaces', { metadata: { name: level, labels } })).toBe('201');
    for (const [index, securityContext] of TARGETS[level].entries()) {
      const name = `target-${index}`;
      const container = { name: 'app', image: 'registry.example/tools/proxy:1.9' };
      const containers = [securityContext === undefined ? container : { ...container, securityContext }];
      const body = { metadata: { name }, spec: { nodeName: 'node-a', containers } };
      expect(await scene.create(`/api/v1/namespaces/${level}/pods`, body)).toBe('201');
      await scene.cluster.settled();
      const found = await readPodSecurityLevel(scene.client, level, signal);
      expect(found).toBe(level);
      // Once with the runtime's word for the user, and once as an older cluster, which has none.
      const running = scene.pod(level, name);
      for (const pod of [running, { ...Object(running), status: {} }])
        expect(await scene.addBeside(level, name, ephemeralFoothold(order(), pod, 'app', found))).toBe('200');
    }
  },
);
