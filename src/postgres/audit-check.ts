import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digest } from '../runtime/digest.ts';
import { AUDIT_FORMAT } from './append-audit-events.ts';
import { type AuditPlace, type AuditRow, NO_HASH } from './audit-row.ts';
import { auditValue } from './audit-value.ts';

/** How a chain can be broken, in the words of `docs/audit-format.md`. */
export const AUDIT_BREAKS = [
  'gap',
  'order',
  'hash',
  'body',
  'column',
  'prev',
  'text',
  'anchor',
  'head',
] as const;
export type AuditBreak = (typeof AUDIT_BREAKS)[number];

export interface BrokenRow {
  readonly seq: number;
  readonly kind: AuditBreak;
  /** A whole sentence. */
  readonly sentence: string;
}

const bodySchema = z.strictObject({
  format: z.literal(AUDIT_FORMAT),
  seq: z.number(),
  at: z.string(),
  type: z.string(),
  actor: z.record(z.string(), z.unknown()),
  case: z.string(),
  run: z.string().optional(),
  facts: z.record(z.string(), z.unknown()),
  texts: z.record(z.string(), z.string()),
  prev: z.string(),
});
type Body = z.infer<typeof bodySchema>;

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Checks the events of a chain one after the other. It keeps nothing of them but the last hash. */
export class AuditCheck {
  readonly #anchors: readonly AuditPlace[];
  #last: AuditPlace = { seq: 0, hash: NO_HASH };
  #erasedTexts = 0;

  constructor(anchors: readonly AuditPlace[]) {
    this.#anchors = anchors.toSorted((a, b) => a.seq - b.seq);
  }

  get last(): AuditPlace {
    return this.#last;
  }

  /** Texts that an event names and that are not there any more. */
  get erasedTexts(): number {
    return this.#erasedTexts;
  }

  next(row: AuditRow): BrokenRow | undefined {
    const { seq } = row;
    const expected = this.#last.seq + 1;
    const broken = (kind: AuditBreak, sentence: string): BrokenRow => ({ seq, kind, sentence });
    if (seq > expected)
      return broken('gap', `Event ${seq} stands where ${expected} should: what is between them is missing.`);
    if (seq < expected) return broken('order', `Event ${seq} stands where ${expected} should.`);
    if (sha256(Buffer.from(row.body)) !== row.hash)
      return broken('hash', `Event ${seq}: its body is not the one that was hashed.`);
    const body = parseBody(row.body);
    if (body === undefined)
      return broken('body', `Event ${seq}: its body is not an event in canonical form.`);
    const column = differingColumn(row, body);
    if (column !== undefined)
      return broken('column', `Event ${seq}: the column ${column} differs from the body.`);
    if (row.prev !== this.#last.hash)
      return broken('prev', `Event ${seq} follows another event than ${seq - 1}.`);
    const text = differingText(row, body);
    if (text !== undefined)
      return broken('text', `Event ${seq}: the text "${text}" is not the one that the event names.`);
    this.#erasedTexts += Object.keys(body.texts).length - Object.keys(row.texts).length;
    this.#last = { seq, hash: row.hash };
    if (this.#anchors.some((anchor) => anchor.seq === seq && anchor.hash !== row.hash))
      return broken('anchor', `Event ${seq} is not the one that an anchor kept: the chain was written anew.`);
    return undefined;
  }

  end(head: AuditPlace): BrokenRow | undefined {
    const { seq, hash } = this.#last;
    if (head.seq !== seq || head.hash !== hash)
      return { seq, kind: 'head', sentence: `The chain ends with event ${seq}, its head says ${head.seq}.` };
    const [lost] = this.#anchors.filter(
      (anchor) => anchor.seq > seq || (anchor.seq === 0 && anchor.hash !== NO_HASH),
    );
    if (lost !== undefined)
      return {
        seq: lost.seq,
        kind: 'anchor',
        sentence: `An anchor kept event ${lost.seq}, the chain has none such.`,
      };
    return undefined;
  }
}

function parseBody(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (digest.canonical(auditValue(value, 'body')) !== text) return undefined;
    return bodySchema.safeParse(value).data;
  } catch {
    return undefined;
  }
}

function differingColumn(row: AuditRow, body: Body): string | undefined {
  return (['seq', 'at', 'type', 'case', 'run', 'prev'] as const).find(
    (name) => row[name] !== (body[name] ?? null),
  );
}

function differingText(row: AuditRow, body: Body): string | undefined {
  return Object.entries(row.texts).find(([name, { salt, text }]) => {
    const salted = Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(text)]);
    return !Object.hasOwn(body.texts, name) || body.texts[name] !== sha256(salted);
  })?.[0];
}
