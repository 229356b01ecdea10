import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { type FootholdOrder, type FootholdRef, footholdName } from '../../src/core/foothold.ts';
import { ephemeralFoothold } from '../../src/verbs/footholds/ephemeral-foothold.ts';
import { findFoothold } from '../../src/verbs/footholds/find-foothold.ts';
import { nodePod } from '../../src/verbs/footholds/node-pod.ts';
import { probePod } from '../../src/verbs/footholds/probe-pod.ts';
import { waitForFoothold } from '../../src/verbs/footholds/wait-for-foothold.ts';
import { type FootholdScene, NODES, order, PROBES, startFootholdScene } from './foothold-scene.ts';

const { signal } = new AbortController();
const NODE_NAMES = ['node-a', 'node-b'];

let scene: FootholdScene;
beforeAll(async () => {
  scene = await startFootholdScene('no shell');
}, 30_000);
afterAll(() => scene[Symbol.asyncDispose]());

/** Waits as long as it is told to, in no time; what the cluster still has to do is done before each look. */
const hurried = () => {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
      await scene.cluster.settled();
    },
    waitedMs: () => nowMs,
  };
};

const refusal = async (ref: FootholdRef, user = 'admin'): Promise<string> => {
  const client = scene.as(user);
  try {
    const found = await waitForFoothold(client, ref, signal, hurried());
    throw new Error(`it runs: ${JSON.stringify(found)}`);
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    return `${thrown.code}: ${thrown.message} ${thrown.next}`;
  } finally {
    client.close();
  }
};
const probeOf = ({ run }: FootholdOrder) => ({ kind: 'probe pod', run, namespace: PROBES }) as const;
const probe = async (given: FootholdOrder): Promise<FootholdRef> => {
  expect(await scene.makeJob(probePod(given, { namespace: PROBES, awayFrom: '' }))).toBe('201');
  return probeOf(given);
};
const beside = async (given: FootholdOrder): Promise<FootholdRef> => {
  const made = ephemeralFoothold(given, scene.pod('payments', 'multi'), 'app', 'privileged');
  expect(await scene.addBeside('payments', 'multi', made)).toBe('200');
  return scene.beside(given.run, 'payments', 'multi');
};
const NO_IMAGE = `registry.example.com/nothing@sha256:${'ab'.repeat(32)}`;

describe('a foothold that does not start is a sentence that says why, and what to do', () => {
  it('where no node can pull its image, as a pod and beside a target', async () => {
    for (const ref of [
      await probe({ ...order(), toolImage: NO_IMAGE }),
      await beside({ ...order(), toolImage: NO_IMAGE }),
    ])
      expect(await refusal(ref)).toMatch(
        /^not-running: The .* does not run: ImagePullBackOff: Back-off pulling image ".*nothing@.*"\. Check that the nodes .*`toolImage`/,
      );
  });

  it('where Pod Security refuses the pod of its Job', async () => {
    const given = order();
    expect(await scene.makeJob(nodePod(given, { namespace: PROBES, node: 'node-a' }))).toBe('201');
    const ref = { kind: 'node pod', run: given.run, namespace: PROBES } as const;
    expect(await refusal(ref)).toMatch(
      /^not-running: The node pod .* does not run: Error creating: pods ".*" is forbidden: violates PodSecurity "restricted:latest".* Namespace firebreak-footholds enforces .* apply deploy\/footholds\.yaml/,
    );
  });

  it('where it may not read events, after the time that it has', async () => {
    scene.cluster.addUser('deaf', [
      { verbs: ['get'], apiGroups: ['batch'], resources: ['jobs'] },
      { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
    ]);
    const given = order();
    await scene.makeJob(nodePod(given, { namespace: PROBES, node: 'node-a' }));
    expect(await refusal({ kind: 'node pod', run: given.run, namespace: PROBES }, 'deaf')).toMatch(
      /^not-running: The node pod .* did not start within 90 s: its Job has made no pod\. Look at it with `kubectl describe job firebreak-/,
    );
  });

  it('where it was never made', async () => {
    expect(await refusal(probeOf(order()))).toMatch(
      /^not-found: The probe pod firebreak-fb-.* is not there\./,
    );
    expect(await refusal(scene.beside('FB-2026-0007-998', 'payments', 'multi'))).toMatch(
      /^not-found: The ephemeral container firebreak-fb-2026-0007-998 in pod\/multi in payments is not there/,
    );
  });

  it('where its target is another pod now, or gone', async () => {
    const replaced = await beside(order());
    await scene.cluster.replacePod('payments', 'multi');
    expect(await refusal(replaced)).toMatch(/^target-replaced: .* is lost: another pod has its name now\./);
    expect(await findFoothold(scene.client, replaced, signal)).toBeUndefined();
    expect(
      await refusal({ ...scene.beside('FB-2026-0007-997', 'payments', 'multi'), pod: 'nothing' }),
    ).toMatch(/^target-replaced: .* is lost: the pod was deleted\./);
  });

  it('where somebody else’s Job has its name, or its pod belongs to another', async () => {
    const given = order();
    const job = probePod(given, { namespace: PROBES, awayFrom: '' });
    const theirs = { ...job.metadata, labels: {} };
    await scene.create(`/apis/batch/v1/namespaces/${PROBES}/jobs`, { ...job, metadata: theirs });
    expect(await refusal(probeOf(given))).toContain('a Job that is not Firebreak’s has its name');
    const other = order();
    const { template } = probePod(other, { namespace: PROBES, awayFrom: '' }).spec;
    const stray = { metadata: { ...template.metadata, name: 'stray' }, spec: template.spec };
    expect(await scene.create(`/api/v1/namespaces/${PROBES}/pods`, stray)).toBe('201');
    await scene.makeJob({
      ...job,
      metadata: {
        ...job.metadata,
        name: footholdName('probe pod', other.run),
        labels: { 'firebreak.dev/foothold': other.run },
      },
    });
    await scene.cluster.settled();
    expect(await findFoothold(scene.client, probeOf(other), signal)).toBeUndefined();
  });

  it('where it has ended', async () => {
    const ref = await probe(order());
    const { pod } = await waitForFoothold(scene.client, ref, signal, hurried());
    scene.cluster.setPodPhase(PROBES, pod, 'Failed');
    await scene.cluster.settled();
    expect(await refusal(ref)).toMatch(
      /does not run: it has ended: BackoffLimitExceeded: .* Ask again for a new one\./,
    );
  });

  describe('while no node is open', () => {
    const cordon = (unschedulable: boolean) => {
      for (const name of NODE_NAMES)
        scene.cluster.changeObject(
          { group: '', resource: 'nodes', namespace: '', name },
          { spec: { unschedulable } },
        );
    };
    afterEach(() => cordon(false));

    it('after 90 s, with the scheduler’s word', async () => {
      cordon(true);
      const ref = await probe(order());
      const clock = hurried();
      await expect(waitForFoothold(scene.client, ref, signal, clock)).rejects.toMatchObject({
        code: 'not-running',
        retry: 'retry can help',
        message: expect.stringMatching(/did not start within 90 s: Unschedulable: .*nodes are available/),
      });
      expect(clock.waitedMs()).toBe(90_000);
    });

    it('and runs as soon as one is', async () => {
      cordon(true);
      const ref = await probe(order());
      await scene.cluster.settled();
      cordon(false);
      expect(await waitForFoothold(scene.client, ref, signal, hurried())).toMatchObject({
        container: 'firebreak',
      });
    });
  });

  it('and nothing more is asked once nobody waits for it', async () => {
    const aborted = AbortSignal.abort(new Error('stopped'));
    const ref = { kind: 'node pod', run: order().run, namespace: NODES } as const;
    const before = scene.cluster.requests.length;
    await expect(waitForFoothold(scene.client, ref, aborted, hurried())).rejects.toThrow();
    expect(scene.cluster.requests.length).toBe(before);
  });
});
