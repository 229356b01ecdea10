import { describe, expect, test } from 'vitest';
import type { Proof, Verdict } from './proof.ts';
import {
  afterRound,
  type Drifted,
  type ProofNews,
  type ProofStanding,
  type RoundResult,
  standingAtFirst,
} from './proof-round.ts';

const proof = (verdict: Verdict): Proof => ({
  ...{ format: 'firebreak.proof/1', at: '', target: { uid: 'u' }, verdict, reasons: [], tries: [] },
  sockets: { state: 'not read', why: 'it is a test' },
  restarts: { before: {}, after: {} },
  by: 'firebreak tools',
});
const label: Drifted = {
  object: { kind: 'pod', namespace: 'shop', name: 'x', uid: 'u' },
  ...{ field: 'label a', now: 'changed' },
};
const gone: Drifted = { ...label, field: 'the object', now: 'gone' };
const missed: RoundResult = { kind: 'not proven', code: 'cluster-timeout', why: 'It took too long.' };

type Step = Verdict | 'missed' | 'nothing' | readonly [Verdict | 'missed' | 'nothing', readonly Drifted[]];

const resultOf = (said: Verdict | 'missed' | 'nothing'): RoundResult => {
  if (said === 'missed') return missed;
  return said === 'nothing' ? { kind: 'nothing to prove' } : { kind: 'proven', proof: proof(said) };
};

/** What the channel is told by these rounds, one after another. */
const told = (first: Verdict | 'none', ...steps: readonly Step[]): readonly (ProofNews | '')[] => {
  let standing: ProofStanding | undefined = first === 'none' ? undefined : standingAtFirst(proof(first));
  return steps.map((step) => {
    const [said, drifted] = typeof step === 'string' ? ([step, []] as const) : step;
    const after = afterRound(standing, resultOf(said), drifted);
    standing = after.standing;
    return after.news ?? '';
  });
};

describe('what a repeated proof tells the channel', () => {
  test('is nothing as long as it stays as it was', () => {
    expect(told('CONTAINED', 'CONTAINED', 'CONTAINED')).toEqual(['', '']);
    expect(told('PARTIAL', 'PARTIAL')).toEqual(['']);
    expect(told('NOT ENFORCED', 'NOT ENFORCED')).toEqual(['']);
  });

  test('is each fall, once', () => {
    expect(told('CONTAINED', 'PARTIAL', 'PARTIAL', 'NOT ENFORCED', 'NOT ENFORCED')).toEqual([
      ...['failed', '', 'failed', ''],
    ]);
    expect(told('PARTIAL', 'NOT ENFORCED')).toEqual(['failed']);
  });

  test('is the end of a failure only when it is as good as it was', () => {
    expect(told('CONTAINED', 'NOT ENFORCED', 'PARTIAL', 'NOT ENFORCED', 'CONTAINED', 'CONTAINED')).toEqual([
      ...['failed', '', '', 'proven again', ''],
    ]);
    expect(told('PARTIAL', 'NOT ENFORCED', 'PARTIAL')).toEqual(['failed', 'proven again']);
  });

  test('is a better verdict than the run’s own, which counts from then on', () => {
    expect(told('NOT ENFORCED', 'PARTIAL', 'CONTAINED', 'PARTIAL')).toEqual([
      ...['proven again', 'proven again', 'failed'],
    ]);
  });

  test('is what no longer stands, once, whatever the verdict', () => {
    expect(told('CONTAINED', ['CONTAINED', [label]], ['CONTAINED', [label]])).toEqual(['failed', '']);
    expect(told('CONTAINED', ['CONTAINED', [label]], ['CONTAINED', [label, gone]], 'CONTAINED')).toEqual([
      ...['failed', 'failed', 'proven again'],
    ]);
  });

  test('is a drift in the middle of a failure, after which the old verdict is no news', () => {
    const both = ['NOT ENFORCED', [label]] as const;
    expect(told('CONTAINED', 'NOT ENFORCED', ['PARTIAL', [label]], both)).toEqual(['failed', 'failed', '']);
  });

  test('is what is gone when there is nothing to prove any more, once', () => {
    expect(told('CONTAINED', ['nothing', [gone]], ['nothing', [gone]])).toEqual(['failed', '']);
  });

  test('is a missing proof after two rounds, once', () => {
    expect(told('CONTAINED', 'missed', 'CONTAINED', 'missed', 'missed', 'missed', 'CONTAINED')).toEqual([
      ...['', '', '', 'not proven', '', 'proven again'],
    ]);
    expect(told('CONTAINED', 'missed', 'missed', 'PARTIAL', 'missed', 'missed')).toEqual([
      ...['', 'not proven', 'failed', '', 'not proven'],
    ]);
    expect(told('CONTAINED', 'PARTIAL', 'missed', 'missed', 'PARTIAL', 'PARTIAL')).toEqual([
      ...['failed', '', 'not proven', 'proven again', ''],
    ]);
  });

  test('is a drift that is seen while no proof can be made', () => {
    expect(told('CONTAINED', ['missed', [label]], 'missed')).toEqual(['failed', 'not proven']);
  });

  test('is the first proof of a run that had come to none', () => {
    expect(told('none', 'CONTAINED', 'CONTAINED')).toEqual(['proven again', '']);
    expect(told('none', 'PARTIAL', 'PARTIAL')).toEqual(['failed', '']);
    expect(told('none', 'missed', 'missed')).toEqual(['', 'not proven']);
  });
});
