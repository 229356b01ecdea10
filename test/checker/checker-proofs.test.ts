import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkProofs } from './check-proofs.ts';
import type { Database, EventRow, ProofRow } from './read-database.ts';

const RUN = 'FB-2026-0001-1';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const TEXT = '{"verdict":"PARTIAL"}';

const PROOF: ProofRow = {
  ...{ id: '7', run_id: RUN, at: new Date(0), outcome: 'proven', proof: TEXT, digest: sha256(TEXT) },
  ...{ verdict: 'PARTIAL', news: 'failed' },
};
const EVENT: EventRow = {
  ...{ seq: 1, at: new Date(0), type: 'isolation.proved', case_id: 'FB-2026-0001', run_id: RUN },
  ...{ prev: '', hash: '', body: '' },
  parsed: {
    actor: { kind: 'system' },
    facts: { proof: '7', verdict: 'PARTIAL', digest: sha256(TEXT) },
    texts: {},
  },
};
const MESSAGE = {
  ...{ run_id: RUN, notice: 'proof-failed', about: '7', version: 1, shown_version: 1 },
  abandoned_reason: null,
};
const database = (change: Partial<Database> = {}): Database => ({
  ...{ cases: [], runs: [], decisions: [], texts: [], changes: [], uploads: [], heads: [] },
  ...{ proofs: [PROOF], events: [EVENT], messages: [MESSAGE] },
  ...change,
});
const withProof = (change: Partial<ProofRow>): Database => database({ proofs: [{ ...PROOF, ...change }] });

test('finds nothing wrong with a proof that is as it should be', () => {
  expect(checkProofs(database())).toEqual([]);
});

describe('finds', () => {
  test.each<[string, Database, string]>([
    ['a proof without an event', database({ events: [] }), 'has 0 events'],
    ['a proof with two', database({ events: [EVENT, EVENT] }), 'has 2 events'],
    ['an event of another kind', withProof({ outcome: 'not proven' }), 'and its event is isolation.proved'],
    ['another verdict', withProof({ verdict: 'CONTAINED' }), 'another verdict or digest than its event'],
    ['another text', withProof({ proof: '{"verdict":"CONTAINED"}' }), 'is not under its digest'],
    ['a text that is not canonical', withProof({ proof: `${TEXT} ` }), 'is not canonical'],
    [
      'a verdict that the text does not have',
      withProof({ proof: '{"verdict":"CONTAINED"}' }),
      'has another verdict than it says',
    ],
    [
      'a failure that the channel was not told',
      database({ messages: [] }),
      'owes the channel "proof-failed", and has ""',
    ],
    ['a message that nobody owed', withProof({ news: null }), 'owes the channel "", and has "proof-failed"'],
    [
      'a message about no proof',
      database({ messages: [MESSAGE, { ...MESSAGE, about: '9' }] }),
      'is about no proof',
    ],
    ['an event about no proof', database({ proofs: [], messages: [] }), 'about a proof that is not there'],
  ])('%s', (_what, planted, sentence) => {
    expect(checkProofs(planted).join('\n')).toContain(sentence);
  });
});
