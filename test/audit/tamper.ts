import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** A line of an export, as loosely as someone who forges one may write it. */
export type Line = Record<string, unknown>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Rewrites an event's body and its hash, so that the row agrees with itself. */
export function forge(row: Line, change: Line): Line {
  const body = { ...JSON.parse(String(row['body'])), ...change };
  const text = canonicalize(body) ?? '';
  const columns = Object.fromEntries(
    ['seq', 'at', 'type', 'case', 'run', 'prev'].map((name) => [name, body[name] ?? null]),
  );
  return { ...row, ...columns, body: text, hash: sha256(text) };
}

/** Forges the event at `index` and writes everything after it anew, the head too: only an anchor tells. */
export function rewriteFrom(lines: readonly Line[], index: number, change: Line): readonly Line[] {
  const made: Line[] = lines.slice(0, index).map((line) => ({ ...line }));
  for (const [offset, line] of lines.slice(index).entries()) {
    const prev = made.length === 1 ? '0'.repeat(64) : made.at(-1)?.['hash'];
    made.push(forge(line, offset === 0 ? { ...change, prev } : { prev }));
  }
  const last = made.at(-1);
  made[0] = { ...made[0], head: { seq: last?.['seq'], hash: last?.['hash'] } };
  return made;
}

/** Gives the body as other bytes and hashes those. */
export function rebody(row: Line, body: string): Line {
  return { ...row, body, hash: sha256(body) };
}
