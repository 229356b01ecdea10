import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addressOf,
  ECHO_PORT,
  openConnection,
  podOf,
  policy,
  shellIn,
  withPolicies,
} from '../../sandbox/cluster/testing/network-scene.ts';
import { type Proof, proofSchema } from '../../src/core/proof.ts';
import { captureNetwork, openBeforeOf } from '../../src/verbs/isolate/prove/capture-network.ts';
import { knownFrom } from '../../src/verbs/isolate/prove/prove.ts';
import { provenPodSchema } from '../../src/verbs/isolate/prove/proven-pod.ts';
import { type InwardBefore, tryInwardBefore } from '../../src/verbs/isolate/prove/try-inward-before.ts';
import { denyOf, lacks, type Prepared, type ProofScene, startProofScene } from './isolate-prove-scene.ts';

let scene: ProofScene;
let web: Prepared;
let inward: InwardBefore;
beforeAll(async () => {
  if (lacks !== '') return;
  scene = await startProofScene({ enforcement: 'networkpolicy', connections: 'kept' });
  if (scene.cluster.network === 'loopback only') return;
  web = await scene.prepare('web');
  inward = await tryInwardBefore(web.places, web.targets);
});
afterAll(async () => {
  if (lacks === '') await scene.close();
});
beforeEach(({ skip }) => {
  if (lacks !== '') skip(lacks);
  if (scene.cluster.network === 'loopback only') skip(scene.cluster.networkReason);
});

const resultsOf = ({ tries }: Proof, direction: string) =>
  tries.filter((one) => one.direction === direction).map(({ result }) => result);

/** The open connections of the pod `web`, as the verb captures them before the deny. */
async function openBefore() {
  const { from, ...places } = web.places;
  const capture = await captureNetwork({ ...places, where: from, tools: from.tools });
  const pod = scene.cluster.object({ group: '', resource: 'pods', namespace: 'shop', name: 'web' });
  return openBeforeOf(capture, provenPodSchema.parse(pod), web.targets.listenerPort);
}

/** Ends every connection of the pod `web`, as from its node. A kernel without INET_DIAG_DESTROY leaves them all. */
async function cutConnections(): Promise<'cut' | 'left'> {
  const pid = String(scene.cluster.containerPid('shop', 'web', 'app'));
  const inPod = ['nsenter', '-t', pid, '-n', '--', 'ss', '-H'];
  await scene.cluster.runOnNode([...inPod, '-K', 'state', 'connected']);
  const left = await scene.cluster.runOnNode([...inPod, '-t', 'state', 'established']);
  return left === '' ? 'cut' : 'left';
}

describe('a pod that a deny policy holds', () => {
  it('is CONTAINED, when all fails that succeeds without the policy, in both directions', async () => {
    expect(Object.values(inward)).toEqual(['reached', 'reached', 'reached']);
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const proof = await web.prove({ inward, open: [], restarts: { app: 0 } });
      expect(proof).toMatchObject({ verdict: 'CONTAINED', by: 'firebreak tools' });
      expect(proofSchema.parse(JSON.parse(JSON.stringify(proof)))).toEqual(proof);
      expect(proof.reasons[0]).toBe(
        'Nothing got through: 10 tries from the pod and 3 to it failed, all of which succeed without the isolation.',
      );
      expect(new Set(resultsOf(proof, 'outward'))).toEqual(new Set(['no answer']));
      expect(new Set(resultsOf(proof, 'inward'))).toEqual(new Set(['no answer']));
    });
  });

  it('is PARTIAL, when another policy still allows something', async () => {
    const allow = policy('allow-lab', {
      ...{ podSelector: {}, policyTypes: ['Egress'] },
      egress: [{ to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'lab' } } }] }],
    });
    await withPolicies(scene.cluster, [denyOf('web'), allow], async () => {
      const proof = await web.prove({ inward });
      expect(proof.verdict).toBe('PARTIAL');
      expect(proof.reasons[0]).toBe('The pod still reaches a pod in another namespace.');
      expect(proof.next).toContain('Find the policy');
    });
  });

  it('is PARTIAL, when only what it sends is denied', async () => {
    await withPolicies(scene.cluster, [denyOf('web', ['Egress'])], async () => {
      const proof = await web.prove({ inward });
      expect(proof.verdict).toBe('PARTIAL');
      expect(proof.reasons[0]).toBe(
        'A pod outside of the isolation still reaches a listener of Firebreak’s in the pod and a port that the pod declares.',
      );
      expect(resultsOf(proof, 'inward')).toEqual(['reached', 'reached', 'reached']);
      expect(resultsOf(proof, 'outward')).not.toContain('reached');
    });
  });

  it('is PARTIAL, when no other pod made the same tries', async () => {
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const proof = await web.prove({ inward }, { control: undefined });
      expect(proof.verdict).toBe('PARTIAL');
      expect(proof.reasons.join(' ')).toContain('No pod outside of the isolation made the same tries');
      expect(resultsOf(proof, 'inward')).toEqual(['not tested', 'not tested', 'not tested']);
    });
  });

  it('is PARTIAL, when a connection that was open goes on', async ({ skip }) => {
    const connection = await openConnection(scene.cluster, 'shop/web', 'lab/client');
    await expect.poll(connection.echoed).toBeGreaterThan(0);
    const open = await openBefore();
    expect(open).toEqual([expect.objectContaining({ remote: expect.stringMatching(`:${ECHO_PORT}$`) })]);
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const proof = await web.prove({ inward, open });
      expect(proof.verdict).toBe('PARTIAL');
      expect(proof.reasons[0]).toBe('1 connection that was open before is still open.');
      expect(proof.sockets).toEqual({ state: 'read', stillOpen: 1, newlyOpen: 0, excepted: 0, open });
      const unknown = await web.prove({ inward });
      expect(unknown.reasons[0]).toBe('1 connection is open that was not seen before.');
      if ((await cutConnections()) === 'left') skip('the kernel of this machine ends no sockets');
      expect(await web.prove({ inward, open })).toMatchObject({ verdict: 'CONTAINED' });
    });
  });
});

describe('its own node', () => {
  it('is let through to the probe ports, which costs no CONTAINED and is said', async () => {
    const base = podOf('shop', 'probed', { app: 'probed' });
    const containers = base.spec.containers.map((one) => ({
      ...one,
      readinessProbe: { tcpSocket: { port: ECHO_PORT } },
    }));
    await scene.cluster.addPod({ ...base, spec: { ...base.spec, containers } });
    const probed = await scene.prepare('probed');
    const listens = `until nc -w 1 127.0.0.1 ${ECHO_PORT} </dev/null; do sleep 0.1; done`;
    await shellIn(scene.cluster, 'shop/probed', listens);
    const before = await tryInwardBefore(probed.places, probed.targets);
    const address = addressOf(scene.cluster, 'shop/probed');
    const probe = `setsid sh -c 'sleep 60 | busybox nc ${address} ${ECHO_PORT}' >/dev/null 2>&1 & echo $!`;
    await withPolicies(scene.cluster, [denyOf('probed')], async () => {
      const group = Number(await scene.cluster.runOnNode(['sh', '-c', probe]));
      try {
        await expect
          .poll(() => shellIn(scene.cluster, 'shop/probed', 'cat /proc/net/tcp6'))
          .toMatch(/:0007 [0-9A-F]+:[0-9A-F]+ 01 /);
        const proof = await probed.prove({ inward: before });
        expect(proof).toMatchObject({ verdict: 'CONTAINED', sockets: { excepted: 1, newlyOpen: 0 } });
        expect(proof.reasons.at(-1)).toBe('1 connection of its own node’s probes is let through on purpose.');
      } finally {
        process.kill(-group, 'SIGKILL');
      }
    });
    await scene.cluster.deletePod('shop', 'probed');
  });
});

describe('a suspect that has bash', () => {
  it('tries by that, and tells silence from a connection', async () => {
    const image = 'registry.example/tools/host:1';
    scene.cluster.addImage(image, { userland: 'host', entrypoint: ['sleep', '86400'] });
    const base = podOf('shop', 'bashful', { app: 'bashful' });
    const containers = base.spec.containers.map((one) => ({ ...one, image }));
    await scene.cluster.addPod({ ...base, spec: { ...base.spec, containers } });
    const bashful = await scene.prepare('bashful');
    const from = { ...bashful.places.from, container: 'app', tools: 'target' } as const;
    const outward = (proof: Proof) =>
      new Set(
        proof.tries
          .filter(({ address, direction }) => direction === 'outward' && /^10\..*\d$/.test(address))
          .map(({ result }) => result),
      );
    expect(outward(await bashful.prove({}, { from }))).toEqual(new Set(['reached']));
    await withPolicies(scene.cluster, [denyOf('bashful')], async () => {
      const proof = await bashful.prove({}, { from });
      expect(proof.verdict).toBe('PARTIAL');
      expect(outward(proof)).toEqual(new Set(['no answer']));
    });
    await scene.cluster.deletePod('shop', 'bashful');
  });
});

describe('a connection that the network cuts', () => {
  it('counts as open as long as its socket stands, for nobody can tell the two apart', async ({ skip }) => {
    await scene.cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'cut' });
    const connection = await openConnection(scene.cluster, 'shop/web', 'lab/client');
    await expect.poll(connection.echoed).toBeGreaterThan(0);
    const open = await openBefore();
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const echoed = await connection.echoed();
      const proof = await web.prove({ inward, open });
      expect(await connection.echoed()).toBe(echoed);
      expect(proof).toMatchObject({ verdict: 'PARTIAL', sockets: { stillOpen: 1 } });
      expect(proof.next).toBe('Isolate it again with `--from-node`, which ends the open connections.');
      if ((await cutConnections()) === 'left') skip('the kernel of this machine ends no sockets');
      expect(await web.prove({ inward, open })).toMatchObject({ verdict: 'CONTAINED' });
    });
    await scene.cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'kept' });
  });
});

describe('a proof that is repeated', () => {
  it('starts from the one before, and finds that the policy is gone', async () => {
    let first: Proof | undefined;
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      first = await web.prove({ inward });
      expect((await web.prove(knownFrom(first))).verdict).toBe('CONTAINED');
    });
    if (first === undefined) throw new Error('there was no proof');
    const last = await web.prove(knownFrom(first));
    expect(last.verdict).toBe('NOT ENFORCED');
    expect(proofSchema.parse(JSON.parse(JSON.stringify(last)))).toEqual(last);
  });

  it('waits for a policy that takes its time to arrive', async () => {
    const { clock } = web.places;
    const deniedAtMs = clock.monotonicMs();
    const proving = web.prove({ inward }, { deniedAtMs });
    await clock.sleep(500, web.places.signal);
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      expect(await proving).toMatchObject({ verdict: 'CONTAINED' });
      expect(clock.monotonicMs() - deniedAtMs).toBeGreaterThanOrEqual(5_000);
    });
  });
});

it('keeps the network’s tables as they are before anything is cut', async () => {
  const { from, ...places } = web.places;
  const { tables, missing } = await captureNetwork({ ...places, where: from, tools: from.tools });
  const textOf = (name: string) => tables.find((one) => one.name === name)?.bytes.toString('utf8') ?? '';
  expect(textOf('tcp')).toMatch(/^ {2}sl {2}local_address rem_address .*\n/);
  expect(textOf('tcp').endsWith('\n')).toBe(true);
  expect(textOf('tcp6')).toContain(':1F90');
  expect(textOf('route')).toMatch(/^Iface\tDestination/);
  expect(textOf('ip_addr')).toContain(' eth0');
  expect(missing).toEqual([]);
});
