import { describe, expect, it } from 'vitest';
import { judgeProof, type ProofInput } from './judge-proof.ts';
import type { ProofSockets, ProofTry } from './proof.ts';

const one = (what: ProofTry['what'], more: Partial<ProofTry> = {}): ProofTry => ({
  ...{ direction: 'outward', what, address: '10.0.0.1:1' },
  ...{ result: 'no answer', control: 'reached' },
  ...more,
});
const inward = (more: Partial<ProofTry> = {}): ProofTry => one('listener', { direction: 'inward', ...more });
const HELD = [one('cluster DNS'), one('API server'), one('another pod'), inward()];
const NONE_OPEN: ProofSockets = { state: 'read', stillOpen: 0, newlyOpen: 0, excepted: 0, open: [] };

const input = (more: Partial<ProofInput> = {}): ProofInput => ({
  ...{ tries: HELD, lacking: [], sockets: NONE_OPEN, by: 'firebreak tools', control: 'present' },
  ...{ restarts: { before: { app: 1 }, after: { app: 1 } }, facts: { network: 'pod' } },
  ...more,
});
const judge = (more: Partial<ProofInput>) => judgeProof(input(more));
const through = (tries: readonly ProofTry[]): readonly ProofTry[] =>
  tries.map((it) => ({ ...it, result: 'reached' }));

describe('a proof is CONTAINED', () => {
  it('when every try fails that succeeds outside, in both directions, and nothing is open', () => {
    expect(judge({})).toEqual({
      verdict: 'CONTAINED',
      reasons: [
        'Nothing got through: 3 tries from the pod and 1 to it failed, all of which succeed without the isolation.',
        'No connection is open.',
      ],
    });
  });

  it('although something is not there at all, which it says', () => {
    const { verdict, reasons } = judge({ tries: [...HELD, one('metadata', { control: 'no answer' })] });
    expect(verdict).toBe('CONTAINED');
    expect(reasons.at(-1)).toBe(
      '1 try proves nothing, for outside of the isolation nothing answered there either: the cloud’s metadata.',
    );
  });

  it('although its node’s probes are let through, which it says', () => {
    const { verdict, reasons } = judge({ sockets: { ...NONE_OPEN, excepted: 2 } });
    expect(verdict).toBe('CONTAINED');
    expect(reasons.at(-1)).toBe('2 connections of its own node’s probes are let through on purpose.');
  });

  it('and a restart stands before all else', () => {
    const { verdict, reasons } = judge({ restarts: { before: { app: 1 }, after: { app: 3, side: 0 } } });
    expect(verdict).toBe('CONTAINED');
    expect(reasons[0]).toMatch(/^RESTARTED: container app was restarted 2 times /);
  });
});

describe('a proof is PARTIAL', () => {
  it.each<[string, Partial<ProofInput>, string]>([
    [
      'something is reached',
      { tries: [...HELD, one('kubelet', { result: 'reached' })] },
      'still reaches its node’s kubelet',
    ],
    [
      'something is reached that the control does not reach',
      { tries: [...HELD, one('canary', { result: 'reached', control: 'no answer' })] },
      'still reaches the canary',
    ],
    [
      'only one direction is held',
      { tries: [...HELD.slice(0, 3), ...through([inward()])] },
      'A pod outside of the isolation still reaches a listener',
    ],
    [
      'no other pod made the tries',
      { control: 'none', tries: HELD.map((it) => ({ ...it, control: 'not tested' })) },
      'No pod outside of the isolation made the same tries',
    ],
    [
      'the control could not make one of the tries that failed',
      {
        tries: [...HELD, one('kubelet', { control: 'not tested' }), one('canary', { control: 'not tested' })],
      },
      '2 tries failed that could not be made outside of the isolation, so that they prove nothing: its node’s kubelet and the canary.',
    ],
    [
      'the control reached neither DNS nor the API server',
      {
        tries: [
          one('cluster DNS', { control: 'no answer' }),
          one('API server', { control: 'no answer' }),
          ...HELD.slice(2),
        ],
      },
      'Neither the cluster’s DNS nor the API server',
    ],
    [
      'no other pod was tried',
      { tries: [HELD[0], HELD[3]].flatMap((it) => it ?? []) },
      'No pod in another namespace',
    ],
    [
      'the pod could not be reached before either',
      { tries: [...HELD.slice(0, 3), inward({ control: 'no answer' })] },
      'was not shown that the pod could be reached before',
    ],
    [
      'a try was not made',
      { tries: [...HELD, one('metadata', { result: 'not tested', why: 'the program failed' })] },
      '1 try was not made: the cloud’s metadata (the program failed).',
    ],
    ['something could not be found to try', { lacking: ['There is no DNS.'] }, 'There is no DNS.'],
    [
      'the suspect’s own programs tried',
      { by: "the suspect's own tools" },
      'made by the suspect’s own programs, and those can lie',
    ],
    [
      'connections are still open',
      { sockets: { ...NONE_OPEN, stillOpen: 3 } },
      '3 connections that were open before are still open.',
    ],
    [
      'a connection is new',
      { sockets: { ...NONE_OPEN, newlyOpen: 1 } },
      '1 connection is open that was not seen before.',
    ],
    [
      'the connections could not be read',
      { sockets: { state: 'not read', why: 'it ended early' } },
      'could not be seen which connections are open: it ended early.',
    ],
  ])('when %s', (_when, more, said) => {
    const { verdict, reasons, next } = judge(more);
    expect(verdict).toBe('PARTIAL');
    expect(reasons.join('\n')).toContain(said);
    expect(next).toMatch(/\.$/);
  });

  it('when nothing shows whether failing is the isolation’s doing, although one thing is reached', () => {
    const tries = HELD.map((it) => ({ ...it, control: 'not tested' as const }));
    const { verdict } = judge({ control: 'none', tries: [...tries, one('kubelet', { result: 'reached' })] });
    expect(verdict).toBe('PARTIAL');
  });
});

describe('a proof is NOT ENFORCED', () => {
  it('when all that could get through did', () => {
    const { verdict, reasons, next } = judge({
      tries: [...through(HELD), one('metadata', { control: 'no answer' })],
      facts: {
        network: 'pod',
        engine: {
          kind: 'found',
          engines: [{ name: 'Calico', family: 'calico', connections: 'kept' }],
        },
      },
    });
    expect(verdict).toBe('NOT ENFORCED');
    expect(reasons[0]).toBe('Nothing holds the pod: all 4 tries that could get through did.');
    expect(next).toContain('Calico does not act on it');
  });

  it('when all got through, without a control too', () => {
    const tries = through(HELD).map((it) => ({ ...it, control: 'not tested' as const }));
    const absent = one('metadata', { control: 'not tested' });
    expect(judge({ control: 'none', tries: [...tries, absent] }).verdict).toBe('NOT ENFORCED');
  });

  it('on the node’s network, whatever the tries gave', () => {
    const { verdict, reasons, next } = judge({ facts: { network: 'host' } });
    expect(verdict).toBe('NOT ENFORCED');
    expect(reasons[0]).toContain('on its node’s own network');
    expect(next).toContain('node');
  });

  it('when nothing could be tested', () => {
    const untested = HELD.map((it) => ({ ...it, result: 'not tested' as const, why: 'it ended early' }));
    const { verdict, reasons } = judge({ tries: untested });
    expect(verdict).toBe('NOT ENFORCED');
    expect(reasons.slice(0, 2)).toEqual([
      'Nothing could be tested.',
      '4 tries were not made: the cluster’s DNS, the API server, a pod in another namespace and a listener of Firebreak’s in the pod (it ended early).',
    ]);
  });

  it('when there was nothing to try', () => {
    expect(judge({ tries: [] }).verdict).toBe('NOT ENFORCED');
  });
});

it('says no address', () => {
  const tries = [...through(HELD), one('canary', { result: 'not tested', why: 'the program failed' })];
  for (const more of [{}, { tries }, { facts: { network: 'host' } as const }])
    expect(JSON.stringify(judge(more))).not.toContain('10.0.0.1');
});
