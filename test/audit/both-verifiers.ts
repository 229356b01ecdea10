import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { AuditPlace } from '../../src/postgres/audit-row.ts';
import { type AuditVerdict, verifyAuditExport } from '../../src/postgres/audit-verify.ts';
import type { Line } from './tamper.ts';

const VERIFIER = join(import.meta.dirname, 'verify.py');
const run = promisify(execFile);
const python = await run('python3', ['--version']).then(
  () => 'there' as const,
  () => 'missing' as const,
);
if (python === 'missing') console.log('python3 is not installed: the second verifier is not compared.');

/** The part of a verdict that two verifiers have to agree in. */
export interface Verdict {
  readonly verdict: string;
  readonly seq?: number;
  readonly kind?: string;
}

export const broken = (seq: number, kind: string): Verdict => ({ verdict: 'broken', seq, kind });

export async function* texts(lines: readonly Line[]): AsyncGenerator<string> {
  for (const line of lines) yield JSON.stringify(line);
}

/** What both verifiers say of an export; they have to agree. */
export async function verdict(lines: readonly Line[], anchors: readonly AuditPlace[] = []): Promise<Verdict> {
  const ours = essence(await verifyAuditExport(texts(lines), anchors));
  if (python === 'there') expect(await theirs(lines, anchors)).toEqual(ours);
  return ours;
}

export function essence(found: AuditVerdict): Verdict {
  return found.verdict === 'intact'
    ? { verdict: 'intact' }
    : { verdict: 'broken', seq: found.seq, kind: found.kind };
}

async function theirs(lines: readonly Line[], anchors: readonly AuditPlace[]): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-audit-'));
  const file = join(folder, 'export.jsonl');
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const args = [VERIFIER, file, ...anchors.map(({ seq, hash }) => `${seq}:${hash}`)];
  const { stdout } = await run('python3', args).catch((error: { stdout: string; stderr: string }) => {
    if (error.stdout === '') throw new Error(error.stderr);
    return error;
  });
  await rm(folder, { recursive: true });
  const { verdict: said, seq, kind }: Verdict = JSON.parse(stdout);
  return said === 'intact' ? { verdict: said } : { verdict: said, seq: seq ?? -1, kind: kind ?? '' };
}
