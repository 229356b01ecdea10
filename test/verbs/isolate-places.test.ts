import { describe, expect, test } from 'vitest';
import type { ClusterClient } from '../../src/core/cluster.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import type { Proof, ProofTarget } from '../../src/core/proof.ts';
import type { Drift } from '../../src/core/verb.ts';
import { findPlaces } from '../../src/verbs/isolate/proof-places.ts';
import { proveAgain } from '../../src/verbs/isolate/prove-again.ts';
import { TestClock } from '../kubernetes/client-of.ts';
import { ENTRY, targetOf } from './plan-scene.ts';

const NAMES = { run: 'FB-2026-0001-1', case: 'FB-2026-0001' } as const;
const BESIDE = 'firebreak-fb-2026-0001-1';
const OWN = { 'probe-with-target': 'yes' } as const;
const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

const notThere = (): Promise<never> =>
  Promise.reject(new FirebreakError({ code: 'not-found', message: 'It is not there.', next: 'Look again.' }));

const POD = {
  metadata: { name: 'x', namespace: 'payments', uid: 'u' },
  spec: { nodeName: 'node-a', containers: [{ name: 'app' }], ephemeralContainers: [{ name: BESIDE }] },
  status: {
    ...{ phase: 'Running', podIP: '10.244.0.7', podIPs: [{ ip: '10.244.0.7' }] },
    containerStatuses: [{ name: 'app', containerID: 'containerd://app', restartCount: 0 }],
    ephemeralContainerStatuses: [{ name: BESIDE, state: { running: {} } }],
  },
};
const OTHER = {
  metadata: { name: 'other', namespace: 'staging', uid: 'o' },
  spec: { nodeName: 'node-b', containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] },
  status: { podIP: '10.244.0.99', ...ready },
};

/** The container beside the pod runs; the Job of the control makes no pod; nothing can be run anywhere. */
const cluster: ClusterClient = {
  get: async ({ resource }) => {
    if (resource === 'jobs')
      return { metadata: { uid: 'j', labels: { 'firebreak.dev/foothold': NAMES.run } }, status: {} };
    return resource === 'pods' ? POD : await notThere();
  },
  list: async ({ resource, namespace }) => {
    if (resource === 'namespaces') return ['payments', 'staging'].map((name) => ({ metadata: { name } }));
    return resource === 'pods' && namespace === 'staging' ? [OTHER] : [];
  },
  ...{ allowed: notThere, allowedFor: notThere, version: notThere, logs: notThere, exec: notThere },
};

const wanted = (
  clock: TestClock,
  more: { readonly drift?: readonly Drift[] } & Partial<typeof given> = {},
) => ({
  ...given,
  ...{ cluster, clock, entry: { ...ENTRY, toolImage: 'registry.example/tools@sha256:0' }, names: NAMES },
  ...{ target: targetOf({ kind: 'pod', containers: ['app'] }), signal: new AbortController().signal },
  ...more,
});
const given: { readonly arguments: Readonly<Record<string, string>>; readonly drift: readonly Drift[] } = {
  ...{ arguments: {}, drift: [] },
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('where a proof looks from', () => {
  test('a control that does not start keeps the pod on the network for 20 s, not for all that it is given', async () => {
    const clock = new TestClock();
    const places = findPlaces(wanted(clock));
    await turn();
    await clock.advance(19_000);
    expect(await Promise.race([places, turn().then(() => 'it waits')])).toBe('it waits');
    await clock.advance(2_000);
    const { places: found, without } = await places;
    expect(found.from).toMatchObject({ container: BESIDE, tools: 'tool image' });
    expect(found.control).toBeUndefined();
    expect(without).toMatch(/did not run 20 s after all else was ready.*kubectl describe job/);
  });

  test('a container that was restarted since the approval is not entered', async () => {
    const drift = [
      {
        container: 'app',
        planned: { id: 'containerd://app', restartCount: 0 },
        found: { id: 'containerd://new', restartCount: 1 },
      },
    ];
    await expect(findPlaces(wanted(new TestClock(), { arguments: OWN, drift }))).rejects.toMatchObject({
      code: 'target-replaced',
    });
  });
});

const other = (host: string): ProofTarget => ({
  ...{ direction: 'outward', what: 'another pod', by: 'tcp', host, port: 80 },
});
/** One that is repeated with the suspect's own programs. */
const repeated = async (there: Partial<ClusterClient> = {}): Promise<Proof> => {
  const last: Proof = {
    ...{ format: 'firebreak.proof/1', at: '2026-11-21T10:00:00.000Z', target: { uid: 'u' } },
    ...{ verdict: 'PARTIAL', reasons: [], tries: [], sockets: { state: 'not read', why: 'it was not' } },
    ...{ restarts: { before: {}, after: {} }, by: "the suspect's own tools" },
  };
  const { toolImage: _none, ...entry } = { ...ENTRY, toolImage: '' };
  return await proveAgain({
    ...wanted(new TestClock(), { arguments: OWN }),
    ...{ entry, last, changes: [], cluster: { ...cluster, ...there } },
    proof: {
      targets: { tries: [other('10.244.0.55')], listenerPort: 61_000, lacking: [] },
      ...{ network: 'pod', engine: { kind: 'none found', off: [] } },
    },
  });
};

test('a proof that is repeated tries a pod of another namespace that is there now', async () => {
  const proof = await repeated();
  expect(proof.tries.map(({ address }) => address)).toEqual(['10.244.0.99:80']);
});

test('a proof that is repeated enters no container that was restarted since the approval', async () => {
  const status = {
    ...POD.status,
    containerStatuses: [{ ...POD.status.containerStatuses[0], restartCount: 1 }],
  };
  await expect(repeated({ get: async () => ({ ...POD, status }) })).rejects.toMatchObject({
    code: 'target-replaced',
  });
});
