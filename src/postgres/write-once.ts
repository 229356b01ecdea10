import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { inTransaction } from './in-transaction.ts';
import { withRetry } from './with-retry.ts';

/**
 * Runs `work` in a transaction, tried again while Postgres is away, and committed once: the first statement stores a
 * token. When the answer to a COMMIT was lost, the next try's insert waits for that COMMIT's end and then finds the token,
 * so the result that was computed then is returned; or it does not, and the work is done again.
 */
export async function writeOnce<Result>(
  pool: pg.Pool,
  deadlineMs: number,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const token = randomUUID();
  let computed: { readonly result: Result } | undefined;
  return withRetry(deadlineMs, () =>
    inTransaction(pool, async (client) => {
      // The server's own clock: this is about lost answers, not about the incident's time.
      const { rowCount } = await client.query(
        'insert into firebreak.writes (token, at) values ($1, now()) on conflict do nothing',
        [token],
      );
      if (rowCount === 0 && computed !== undefined) return computed.result;
      const result = await work(client);
      computed = { result };
      return result;
    }),
  );
}

const PRUNE = [
  `delete from firebreak.writes where at < now() - interval '1 hour'`,
  // Slack repeats a delivery within an hour; a form can stay open longer.
  `delete from firebreak.deliveries where at < firebreak.now() - interval '7 days'`,
];

/** Forgets tokens and deliveries that nothing can ask for again. */
export async function pruneWrites(pool: pg.Pool): Promise<void> {
  for (const sql of PRUNE) await pool.query(sql);
}
