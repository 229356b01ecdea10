import { z } from 'zod';

// https://www.postgresql.org/docs/18/errcodes-appendix.html
const SQL_STATES: readonly string[] = [
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57014', // query_canceled: the statement's time-out
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '25P03', // idle_in_transaction_session_timeout
  '25006', // read_only_sql_transaction: a primary that was demoted
];

const SYSTEM_CODES: readonly string[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];

// pg gives these no code.
const MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|timeout expired)/;

const withCode = z.object({ code: z.string() });

/** Whether the same transaction, tried again on another connection, can succeed. */
export function isTransient(error: unknown): boolean {
  const { success, data } = withCode.safeParse(error);
  if (success && data.code.length === 5 && data.code.startsWith('08')) return true;
  if (success && (SQL_STATES.includes(data.code) || SYSTEM_CODES.includes(data.code))) return true;
  return error instanceof Error && MESSAGES.test(error.message);
}
