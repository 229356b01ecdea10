import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Database, EventRow } from './read-database.ts';

const sha256 = (...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

const MEMBERS = ['actor', 'at', 'case', 'facts', 'format', 'prev', 'seq', 'texts', 'type'];

/** The chain, recomputed from docs/audit-format.md. */
export const checkAuditChain = ({ events, texts, heads }: Database): readonly string[] => {
  const found: string[] = [];
  let previous = '0'.repeat(64);
  for (const [index, event] of events.entries()) {
    found.push(
      ...problemsOf(event, index + 1, previous).map((why) => `audit event ${event.seq}: ${why}`),
      ...texts
        .filter(({ seq }) => seq === event.seq)
        .filter(({ name, salt, text }) => event.parsed?.texts[name] !== sha256(salt, text))
        .map(({ name }) => `audit event ${event.seq}: the text ${name} is not the one that was hashed`),
    );
    previous = event.hash;
  }
  const [head] = heads;
  if (heads.length !== 1 || head?.seq !== events.length || head.hash !== previous)
    found.push(`the audit head is not the last of ${events.length} events`);
  return found;
};

const problemsOf = (event: EventRow, expected: number, previous: string): readonly string[] => {
  const found: string[] = [];
  if (event.seq !== expected) found.push(`stands where ${expected} is expected`);
  if (sha256(event.body) !== event.hash) found.push('its hash is not that of its body');
  if (event.prev !== previous) found.push('it does not follow the event before');
  const { parsed } = event;
  if (parsed === undefined) return [...found, 'its body is not an event'];
  const members = Object.keys(parsed).filter((name) => name !== 'run');
  if (members.sort().join() !== MEMBERS.join() || parsed['format'] !== 'firebreak.audit/1')
    found.push('its body has other members than the format');
  if (canonicalJson(parsed) !== event.body) found.push('its body is not in canonical form');
  const columns = [event.seq, event.at.toISOString(), event.type, event.case_id, event.run_id, event.prev];
  const body = [
    parsed['seq'],
    parsed['at'],
    parsed['type'],
    parsed['case'],
    parsed['run'] ?? null,
    parsed['prev'],
  ];
  if (JSON.stringify(columns) !== JSON.stringify(body)) found.push('a column differs from its body');
  return found;
};
