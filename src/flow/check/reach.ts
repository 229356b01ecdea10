import type { ErrorCode } from '../../core/firebreak-error.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { Look } from '../clusters.ts';
import { type CheckRow, failed, failedBy, notChecked, ok } from './check-row.ts';
import { failedInTime } from './in-time.ts';

export interface Reach {
  readonly rows: readonly CheckRow[];
  /** Whether questions beyond it have an answer. */
  readonly answers: 'yes' | 'no';
}

const ENDPOINT = 'endpoint';
const TLS = 'TLS';
const VERSION = 'server version';

/** The server answered, and it was the right one: what it refused comes after TLS. */
const ANSWERED: ReadonlySet<ErrorCode> = new Set([
  'not-authenticated',
  'not-allowed',
  'not-found',
  'cluster-answer',
  'cluster-throttled',
]);

/** By one request, for the version: the address, the certificate, and what the server says. */
export const reach = async (
  look: Pick<Look, 'server' | 'trust' | 'version'>,
  signal: AbortSignal,
): Promise<Reach> => {
  const address = ok(ENDPOINT, `${look.server} answers`, 'answers');
  const tls = ok(TLS, `verified by ${look.trust}`, `verified by ${look.trust}`);
  try {
    const version = await look.version(signal);
    return { rows: [address, tls, ok(VERSION, version, version)], answers: 'yes' };
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError))
      return { rows: [failedInTime(ENDPOINT, thrown, signal)], answers: 'no' };
    if (thrown.code === 'cluster-untrusted')
      return { rows: [address, failed(TLS, thrown.message, thrown.next)], answers: 'no' };
    if (thrown.code === 'not-authenticated')
      return { rows: [address, tls, failedBy('identity there', thrown)], answers: 'no' };
    if (ANSWERED.has(thrown.code))
      return { rows: [address, tls, notChecked(VERSION, thrown.message)], answers: 'yes' };
    return { rows: [failedBy(ENDPOINT, thrown)], answers: 'no' };
  }
};
