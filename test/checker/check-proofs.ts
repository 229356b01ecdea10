import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import type { Database, ProofRow } from './read-database.ts';

const verdictSchema = z.object({ verdict: z.string() });

/** What the channel is owed for what a proof brought. */
const NOTICES: Readonly<Record<string, string>> = {
  failed: 'proof-failed',
  'not proven': 'proof-missed',
  'proven again': 'proof-again',
};

/** Each proof has its one event, with the bytes that are under its digest, and whatever was new has its message. */
export const checkProofs = (database: Database): readonly string[] => {
  const told = database.events.filter(({ type }) => type.startsWith('isolation.'));
  const numbers = new Set(database.proofs.map(({ id }) => id));
  return [
    ...database.proofs.flatMap((proof) =>
      proofProblems(database, proof, told).map((why) => `proof ${proof.id} of ${proof.run_id} ${why}`),
    ),
    ...told
      .filter(({ parsed }) => !numbers.has(String(parsed?.facts['proof'])))
      .map(({ seq }) => `audit event ${seq} is about a proof that is not there`),
    ...database.messages
      .filter(({ notice, about }) => Object.values(NOTICES).includes(notice) && !numbers.has(about))
      .map(({ run_id: run, notice }) => `${run}: its ${notice} is about no proof`),
  ];
};

const proofProblems = (
  { messages }: Database,
  { id, run_id: run, outcome, proof, digest, verdict, news }: ProofRow,
  told: Database['events'],
): readonly string[] => {
  const found: string[] = [];
  const events = told.filter((event) => event.run_id === run && event.parsed?.facts['proof'] === id);
  const facts = events[0]?.parsed?.facts;
  if (events.length !== 1) found.push(`has ${events.length} events`);
  else if (events[0]?.type !== (outcome === 'proven' ? 'isolation.proved' : 'isolation.not-proved'))
    found.push(`came to "${outcome}", and its event is ${events[0]?.type}`);
  if ((facts?.['verdict'] ?? null) !== verdict || (facts?.['digest'] ?? null) !== digest)
    found.push('has another verdict or digest than its event');
  if (proof !== null) {
    if (createHash('sha256').update(proof).digest('hex') !== digest) found.push('is not under its digest');
    if (canonicalJson(JSON.parse(proof)) !== proof) found.push('is not canonical');
    if (verdictSchema.parse(JSON.parse(proof)).verdict !== verdict)
      found.push('has another verdict than it says');
  }
  const owed = messages.filter((message) => message.run_id === run && message.about === id);
  const notices = owed.map(({ notice }) => notice).join();
  const wanted = news === null ? '' : NOTICES[news];
  if (notices !== wanted) found.push(`owes the channel "${wanted}", and has "${notices}"`);
  return found;
};
