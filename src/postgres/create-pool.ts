import pg from 'pg';

export interface PoolOptions {
  /** Connections at most. */
  readonly max?: number;
  /** Told of connections that broke while nobody used them. They are replaced when next needed. */
  readonly onError: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
// Longer than the server's own limit: it ends a query whose connection is silently gone.
const QUERY_TIMEOUT_MS = 15_000;
// Half of what a write waits: a connection that was cut in a transaction frees its locks in time for the next try.
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** Set by a statement: PgBouncer refuses a start-up parameter that it does not know, and these are such. */
const SESSION = [
  `set statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
  `set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
].join('; ');

/** The pool waits for the promise, which its types don't know, and listens for a connection that breaks meanwhile. */
const setSession = (client: pg.ClientBase): unknown => client.query(SESSION);

/** The process's one pool for its own SQL, as the serving role. */
export function createPool(url: string, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'firebreak',
    max: options.max ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    onConnect: setSession,
  });
  // Without a listener a restart of Postgres ends the process.
  pool.on('error', options.onError);
  return pool;
}
