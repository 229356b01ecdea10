import type pg from 'pg';
import type { Outbox, OutboxItem } from '../flow/outbox.ts';
import { claimMessage } from './claim-message.ts';
import { inTransaction } from './in-transaction.ts';
import { Listener } from './listener.ts';
import { OUTBOX_CHANNEL } from './show-message.ts';
import { storable } from './storable.ts';
import { withRetry } from './with-retry.ts';

const POLL_MS = 1_000;
const RETRY_FOR_MS = 30_000;

export interface PostgresOutboxOptions {
  readonly pool: pg.Pool;
  /** For the connection that listens. */
  readonly url: string;
  readonly onError: (error: unknown) => void;
  /** The longest that `wait` waits. */
  readonly pollMs?: number;
}

/** Every method but `wait` throws `database-unavailable` when Postgres stays away for 30 s. */
export class PostgresOutbox implements Outbox {
  readonly #pool: pg.Pool;
  readonly #listener: Listener;
  readonly #pollMs: number;
  #notified = Promise.withResolvers<void>();

  constructor({ pool, url, onError, pollMs }: PostgresOutboxOptions) {
    this.#pool = pool;
    this.#pollMs = pollMs ?? POLL_MS;
    const notification = (): void => this.#notified.resolve();
    this.#listener = new Listener(url, OUTBOX_CHANNEL, { notification, error: onError });
  }

  async claim(leaseMs: number): Promise<OutboxItem | undefined> {
    const claimed = await withRetry(RETRY_FOR_MS, () =>
      inTransaction(this.#pool, (client) => claimMessage(client, leaseMs)),
    );
    return typeof claimed === 'string' ? undefined : claimed;
  }

  /** The first `ts` stays: what is in its thread belongs to it. */
  shown(id: string, version: number, ts: string): Promise<void> {
    return this.#update(
      `ts = coalesce(ts, $3), shown_version = greatest(shown_version, $4), shown_at = firebreak.now(),
       attempt = 'edit', leased_until = null`,
      id,
      [ts, version],
    );
  }

  postpone(id: string, retryMs: number, outcome: 'certainly not posted' | 'unsure'): Promise<void> {
    return this.#update(
      `due_at = firebreak.now() + make_interval(secs => $3::float8 / 1000), leased_until = null,
       attempt = case when attempt = 'unsure' and $4::text = 'certainly not posted' then 'first' else attempt end`,
      id,
      [retryMs, outcome],
    );
  }

  abandon(id: string, reason: string): Promise<void> {
    return this.#update(`abandoned_at = firebreak.now(), abandoned_reason = $3, leased_until = null`, id, [
      storable(reason),
    ]);
  }

  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason);
    const timer = setTimeout(resolve, this.#pollMs);
    signal.addEventListener('abort', onAbort);
    try {
      await Promise.race([promise, this.#notified.promise]);
      this.#notified = Promise.withResolvers<void>();
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the connection that listens. The pool is its maker's. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  async #update(assignments: string, id: string, values: readonly unknown[]): Promise<void> {
    const [run, notice, about = '0'] = id.split('/');
    await withRetry(RETRY_FOR_MS, () =>
      this.#pool.query(
        `update firebreak.messages set ${assignments}
         where run_id = $1 and notice = $2 and about = $${values.length + 3}`,
        [run, notice, ...values, about],
      ),
    );
  }
}
