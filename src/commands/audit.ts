import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Environment } from '../config/environment.ts';
import { requireVariable } from '../config/environment.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { exportAudit } from '../postgres/audit-export.ts';
import { type AuditVerdict, verifyAudit, verifyAuditExport } from '../postgres/audit-verify.ts';
import { createPool } from '../postgres/create-pool.ts';
import { withSentences } from '../postgres/with-sentences.ts';

/** SHA-256 in hex behind the number of the row, as manifests and the channel keep it. */
const ANCHOR = /^(\d+):([0-9a-f]{64})$/;

const readAnchor = (text: string): { readonly seq: number; readonly hash: string } => {
  const match = ANCHOR.exec(text);
  if (match?.[1] !== undefined && match[2] !== undefined) return { seq: Number(match[1]), hash: match[2] };
  throw new FirebreakError({
    code: 'command-invalid',
    message: `${text} is not an anchor.`,
    next: 'Write it as SEQ:HASH; a manifest holds both under `audit`.',
  });
};

/** The head is printed, so that it can be kept outside Postgres as an anchor. */
const inWords = (verdict: AuditVerdict): string =>
  verdict.verdict === 'intact'
    ? `The chain of ${verdict.events} events is intact; ${verdict.erasedTexts} texts were erased. Head: ${verdict.head.seq}:${verdict.head.hash}`
    : `The chain is broken at event ${verdict.seq} (${verdict.kind}). ${verdict.sentence}`;

const report = (verdict: AuditVerdict): number => {
  process.stdout.write(`${inWords(verdict)}\n`);
  return verdict.verdict === 'intact' ? 0 : 1;
};

const OPTIONS = { anchor: { type: 'string', multiple: true }, file: { type: 'string' } } as const;

const readArguments = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (thrown) {
    throw new FirebreakError({
      code: 'command-invalid',
      message: `${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      next: 'Write firebreak audit verify [--anchor SEQ:HASH] [--file EXPORT].',
      cause: thrown,
    });
  }
};

const verifyFile = async (
  path: string,
  anchors: readonly ReturnType<typeof readAnchor>[],
): Promise<AuditVerdict> => {
  const file = await open(path).catch((cause: unknown) => {
    throw new FirebreakError({
      code: 'command-invalid',
      message: `The export ${path} can’t be read.`,
      next: 'Check the path and its permissions.',
      cause,
    });
  });
  // The lines close the file when they end.
  return verifyAuditExport(file.readLines(), anchors);
};

/** `audit verify` ends with 1 when the chain is broken; `audit export` writes JSONL to stdout. */
export const runAudit = async (
  environment: Environment,
  [command, ...args]: readonly string[],
): Promise<number> => {
  if (command !== 'verify' && command !== 'export')
    throw new FirebreakError({
      code: 'command-invalid',
      message: 'Say what to do with the audit trail.',
      next: 'There are `firebreak audit verify` and `firebreak audit export`.',
    });
  const values = readArguments(args);
  const anchors = (values.anchor ?? []).map(readAnchor);
  if (command === 'verify' && values.file !== undefined) {
    return report(await verifyFile(values.file, anchors));
  }
  const url = requireVariable(
    environment.DATABASE_URL,
    'DATABASE_URL',
    'The audit trail lies in PostgreSQL.',
  );
  const pool = createPool(url, { onError: () => undefined });
  try {
    return await withSentences(async () => {
      if (command === 'verify') return report(await verifyAudit(pool, anchors));
      await exportAudit(pool, async (line) => {
        if (!process.stdout.write(line)) await once(process.stdout, 'drain');
      });
      return 0;
    });
  } finally {
    await pool.end();
  }
};
