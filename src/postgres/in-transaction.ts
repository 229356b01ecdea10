import type pg from 'pg';
import { isTransient } from './is-transient.ts';

/** Runs `work` in one transaction (read committed). Throws what failed; whether a failed COMMIT happened is unknown. */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  // A connection that breaks while it is in use also emits; its query rejects, and that is enough.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  let broken: true | undefined = true;
  try {
    await client.query('begin');
    const result = await work(client);
    const { command } = await client.query('commit');
    broken = undefined;
    // COMMIT of a transaction in which a statement failed answers ROLLBACK and is no error.
    if (command !== 'COMMIT')
      throw new Error(`The transaction was rolled back: a failed statement was ignored.`);
    return result;
  } catch (error) {
    if (broken && !isTransient(error)) broken = await rollback(client);
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

async function rollback(client: pg.PoolClient): Promise<true | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch {
    return true;
  }
}
