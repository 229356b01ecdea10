import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { podOf, shellIn, withPolicies } from '../../sandbox/cluster/testing/network-scene.ts';
import type { Foothold } from '../../src/core/foothold.ts';
import { type InwardBefore, tryInwardBefore } from '../../src/verbs/isolate/prove/try-inward-before.ts';
import { denyOf, lacks, type Prepared, type ProofScene, startProofScene } from './isolate-prove-scene.ts';

let scene: ProofScene;
let web: Prepared;
let inward: InwardBefore;
beforeAll(async () => {
  if (lacks !== '') return;
  scene = await startProofScene({ enforcement: 'none', connections: 'cut' });
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

/** What runs in a container of the pod network whose command line names `word`. */
const running = (pod: string, word: string): Promise<string> =>
  shellIn(scene.cluster, pod, `ps -o args | grep -v grep | grep ${word} || true`);

describe('in a cluster that accepts policies and enforces none', () => {
  it('a proof is NOT ENFORCED, and says what to do next', async () => {
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const proof = await web.prove({ inward });
      expect(proof.verdict).toBe('NOT ENFORCED');
      expect(proof.reasons[0]).toBe('Nothing holds the pod: all 13 tries that could get through did.');
      expect(proof.next).toContain('nothing acts on it');
    });
  });

  it('a proof without another pod is NOT ENFORCED too', async () => {
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const { verdict } = await web.prove({ inward: {} }, { control: undefined });
      expect(verdict).toBe('NOT ENFORCED');
    });
  });

  it('a name system that knows no such name has answered too', async () => {
    const key = { group: '', resource: 'services', namespace: 'default', name: 'kubernetes' };
    const service = scene.cluster.object(key);
    if (service === undefined) throw new Error('the stand-in has no such Service');
    scene.cluster.removeObject(key);
    const { tries } = await web.prove({ inward });
    scene.cluster.addObject(service);
    await scene.cluster.settled();
    const dns = tries.filter(({ address }) => address.endsWith('/udp'));
    expect(dns.map(({ result, control }) => [result, control])).toEqual([
      ['reached', 'reached'],
      ['reached', 'reached'],
    ]);
  });

  it('leaves nothing behind in the pod', async () => {
    await web.prove({ inward });
    expect(await running('shop/web', String(web.targets.listenerPort))).toBe('');
    const port = web.targets.listenerPort.toString(16).toUpperCase();
    const tables = await shellIn(scene.cluster, 'shop/web', 'cat /proc/net/tcp /proc/net/tcp6');
    expect(tables).toMatch(/:1F90 0+:0000 0A /);
    expect(tables).not.toMatch(new RegExp(`:${port} 0+:0000 0A `));
  });
});

describe('on the network of the node', () => {
  it('a proof is NOT ENFORCED although the cluster enforces policies', async () => {
    const base = podOf('shop', 'on-host', { app: 'on-host' }, { hostNetwork: true });
    const containers = base.spec.containers.map((one) => ({ ...one, command: ['sleep', '86400'] }));
    await scene.cluster.addPod({ ...base, spec: { ...base.spec, containers } });
    await scene.cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'cut' });
    const onHost = await scene.prepare('on-host');
    const before = await tryInwardBefore(onHost.places, onHost.targets);
    await withPolicies(scene.cluster, [denyOf('on-host')], async () => {
      const proof = await onHost.prove({ inward: before });
      expect(proof.verdict).toBe('NOT ENFORCED');
      expect(proof.reasons.slice(0, 2)).toEqual([
        'The pod is on its node’s own network, where no policy for pods holds it.',
        expect.stringMatching(/^The pod still reaches /),
      ]);
      expect(proof.tries.find(({ what }) => what === 'API server')?.result).toBe('reached');
    });
    await scene.cluster.deletePod('shop', 'on-host');
    await scene.cluster.setNetwork({ enforcement: 'none', connections: 'cut' });
  });
});

describe('a proof whose foothold does not do as it should', () => {
  const inTarget: Foothold = { namespace: 'shop', pod: 'web', container: 'app' };

  it('is NOT ENFORCED when nothing can be tested', async () => {
    const proof = await web.prove(
      { inward: {} },
      { from: { ...web.places.from, container: 'no-such' }, control: undefined },
    );
    expect(proof.verdict).toBe('NOT ENFORCED');
    expect(proof.reasons[0]).toBe('Nothing could be tested.');
    expect(proof.sockets.state).toBe('not read');
  });

  it('is PARTIAL when the container has not the tool image', async () => {
    await scene.cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'cut' });
    await withPolicies(scene.cluster, [denyOf('web')], async () => {
      const proof = await web.prove({ inward }, { from: { ...inTarget, tools: 'tool image' } });
      expect(proof.verdict).toBe('PARTIAL');
      expect(proof.reasons.join(' ')).toContain('tries were not made');
    });
    await scene.cluster.setNetwork({ enforcement: 'none', connections: 'cut' });
  });

  it('ends with the caller’s signal', async () => {
    const stop = new AbortController();
    const proving = web.prove({ inward }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(proving).rejects.toThrow('enough');
  });

  it('is refused for a pod that was replaced', async () => {
    await scene.cluster.addPod(podOf('shop', 'other', { app: 'other' }));
    const other = await scene.prepare('other');
    await scene.cluster.replacePod('shop', 'other');
    await expect(other.prove({})).rejects.toMatchObject({ code: 'target-replaced' });
    await scene.cluster.deletePod('shop', 'other');
  });

  it('says loudly that a container was restarted, which ends the foothold beside it', async () => {
    await scene.cluster.addPod(podOf('shop', 'fragile', { app: 'fragile' }));
    const fragile = await scene.prepare('fragile');
    await scene.cluster.restartContainer('shop', 'fragile', 'app');
    const proof = await fragile.prove({ restarts: { app: 0 } });
    expect(proof.reasons[0]).toMatch(/^RESTARTED: container app was restarted 1 time /);
    expect(proof.restarts).toEqual({ before: { app: 0 }, after: { app: 1 } });
    expect(proof.tries[0]).toMatchObject({ result: 'not tested', why: expect.stringMatching(/./) });
    await scene.cluster.deletePod('shop', 'fragile');
  });

  describe('by the suspect’s own programs', () => {
    it('finds what gets through', async () => {
      const proof = await web.prove({ inward }, { from: { ...inTarget, tools: 'target' } });
      expect(proof).toMatchObject({ verdict: 'NOT ENFORCED', by: "the suspect's own tools" });
      const outward = proof.tries.filter(
        ({ direction, what }) => direction === 'outward' && what !== 'metadata',
      );
      expect(new Set(outward.map(({ result }) => result))).toEqual(new Set(['reached']));
    });

    it('is never better than PARTIAL', async () => {
      await scene.cluster.setNetwork({ enforcement: 'networkpolicy', connections: 'cut' });
      await withPolicies(scene.cluster, [denyOf('web')], async () => {
        const proof = await web.prove({ inward }, { from: { ...inTarget, tools: 'target' } });
        expect(proof.reasons).toContain(
          'The outward tries were made by the suspect’s own programs, and those can lie.',
        );
        expect(proof).toMatchObject({ verdict: 'PARTIAL', sockets: { state: 'read' } });
        expect(proof.tries.map(({ result }) => result)).not.toContain('reached');
      });
      await scene.cluster.setNetwork({ enforcement: 'none', connections: 'cut' });
    });
  });
});
