import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const RECONNECT_AFTER_MS = 1_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * Listens on one notification channel over a connection of its own, which is made again when it breaks. What is
 * notified meanwhile is missed: whoever waits polls too.
 */
export class Listener {
  readonly #url: string;
  readonly #channel: string;
  readonly #onNotification: () => void;
  readonly #onError: (error: unknown) => void;
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;

  constructor(
    url: string,
    channel: string,
    on: { readonly notification: () => void; readonly error: (error: unknown) => void },
  ) {
    this.#url = url;
    this.#channel = channel;
    this.#onNotification = on.notification;
    this.#onError = on.error;
    this.#loop = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#listen().catch(this.#onError);
      await delay(RECONNECT_AFTER_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until the connection breaks or the listener is closed. */
  async #listen(): Promise<void> {
    const { signal } = this.#closing;
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'firebreak listener',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    over.catch(() => undefined);
    client.on('error', reject);
    client.on('end', () => resolve());
    client.on('notification', this.#onNotification);
    const onClose = (): void => resolve();
    signal.addEventListener('abort', onClose);
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(this.#channel)}`);
      // Something may have been notified while nobody listened.
      this.#onNotification();
      if (!signal.aborted) await over;
    } finally {
      signal.removeEventListener('abort', onClose);
      await client.end().catch(() => undefined);
    }
  }
}
