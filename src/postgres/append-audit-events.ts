import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import type { AuditEvent } from '../core/audit-event.ts';
import { digest } from '../runtime/digest.ts';
import { auditValue } from './audit-value.ts';
import { storable } from './storable.ts';

export const AUDIT_FORMAT = 'firebreak.audit/1';
const SALT_BYTES = 32;

const headSchema = z.tuple([z.object({ seq: z.coerce.number(), hash: z.string(), at: z.string() })]);

/**
 * Appends events to the chain, in order. The head stays locked until the transaction ends, so this comes last in it.
 * `docs/audit-format.md` defines the bytes.
 */
export async function appendAuditEvents(client: pg.ClientBase, events: readonly AuditEvent[]): Promise<void> {
  for (const event of events) {
    const [head] = headSchema.parse((await client.query('select * from firebreak.lock_audit_head()')).rows);
    const seq = head.seq + 1;
    const texts = Object.entries(event.texts ?? {}).map(([name, text]) => saltedText(name, text));
    const body = digest.canonical({
      format: AUDIT_FORMAT,
      seq,
      at: head.at,
      type: event.type,
      actor: auditValue(event.actor, 'actor'),
      case: event.case,
      ...(event.run === undefined ? {} : { run: event.run }),
      facts: auditValue(event.facts, 'facts'),
      texts: auditValue(Object.fromEntries(texts.map(({ name, hash }) => [name, hash])), 'texts'),
      prev: head.hash,
    });
    await client.query(
      `insert into firebreak.audit_events (seq, at, type, case_id, run_id, prev, hash, body)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [seq, head.at, event.type, event.case, event.run ?? null, head.hash, digest.sha256(body), body],
    );
    for (const { name, salt, text } of texts)
      await client.query(
        'insert into firebreak.audit_texts (seq, name, salt, text) values ($1, $2, $3, $4)',
        [seq, name, salt, text],
      );
  }
}

interface SaltedText {
  readonly name: string;
  readonly salt: Buffer;
  readonly text: string;
  readonly hash: string;
}

// A short text could be guessed from its bare hash after it was erased; the salt is erased with it.
function saltedText(name: string, raw: string): SaltedText {
  const text = storable(raw);
  const salt = randomBytes(SALT_BYTES);
  return { name, salt, text, hash: createHash('sha256').update(salt).update(text, 'utf8').digest('hex') };
}
