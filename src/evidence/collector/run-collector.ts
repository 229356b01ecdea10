import { randomBytes } from 'node:crypto';
import type { ExecSession, ExecStatus } from '../../core/cluster.ts';
import type { CollectRequest } from '../../core/evidence.ts';
import type { OpenBundleOptions } from '../bundle-context.ts';
import { receive, type StreamEnd } from '../receive.ts';
import { CollectorReport } from './collector-report.ts';
import { collectorScript } from './collector-script.ts';

/** The whole argv; what else the collector needs comes on stdin, so that no audit log of the cluster holds it. */
export const COLLECTOR_COMMAND = ['sh', '-s'] as const;

/** What the source gets beyond its own deadline before the connection is dropped. */
const DEADLINE_GRACE_MS = 10_000;
/** What the remote gets to end by the end of its stdin when it was stopped from here. */
const STOP_GRACE_MS = 3_000;
/** What stderr and the Status get to arrive after stdout came to its end. */
const STATUS_GRACE_MS = 30_000;

/** How a run of the collector ended, as seen from here. */
export interface CollectorRun {
  readonly end: StreamEnd | { readonly kind: 'late' };
  readonly status: ExecStatus;
  readonly report: CollectorReport;
}

const LATE: ExecStatus = { kind: 'unknown', why: 'the remote process did not end in time' };

/**
 * Runs the collector in a container and hands over its stdout piece by piece. A stop from this side (`signal`, the
 * size, the deadline) ends stdin first, by which the remote ends itself on v5; then the connection is dropped.
 *
 * Throws what `ClusterClient.exec` throws and what `take` throws.
 */
export const runCollector = async (
  context: OpenBundleOptions,
  request: CollectRequest,
  take: (piece: Uint8Array, mark: string) => Promise<void>,
): Promise<CollectorRun> => {
  const { client, clock, signal } = context;
  signal.throwIfAborted();
  const mark = randomBytes(16).toString('hex');
  const connection = new AbortController();
  const overdue = new AbortController();
  const idle = new AbortController();
  const giveUp = (): void => connection.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const session = await client
    .exec({
      namespace: request.namespace,
      pod: request.pod,
      container: request.container,
      command: COLLECTOR_COMMAND,
      signal: connection.signal,
    })
    .finally(() => signal.removeEventListener('abort', giveUp));
  const report = new CollectorReport(mark);
  try {
    const script = collectorScript({ mark, protocol: session.protocol, request });
    const sent = session.write(Buffer.from(script, 'utf8')).catch(() => 'the status says why');
    const messages = readMessages(session, report);
    clock
      .sleep(request.deadlineSeconds * 1000 + DEADLINE_GRACE_MS, idle.signal)
      .then(() => overdue.abort())
      .catch(() => 'the stream ended before its deadline');
    const end = await receive(session.stdout, {
      signal: AbortSignal.any([signal, overdue.signal]),
      maxBytes: request.maxBytes,
      take: (piece) => take(piece, mark),
    });
    if (end.kind !== 'ended') session.endStdin();
    const ended = Promise.all([session.status, messages, sent]).then(([status]) => status);
    const status = await Promise.race([
      ended.catch((): ExecStatus => ({ kind: 'unknown', why: 'the connection failed' })),
      clock.sleep(end.kind === 'ended' ? STATUS_GRACE_MS : STOP_GRACE_MS, idle.signal).then(() => LATE),
    ]);
    report.end();
    const late = end.kind === 'cancelled' && !signal.aborted;
    return { end: late ? { kind: 'late' } : end, status, report };
  } finally {
    idle.abort();
    session.endStdin();
    connection.abort();
    session.abort();
  }
};

const readMessages = async (session: ExecSession, report: CollectorReport): Promise<void> => {
  try {
    for await (const piece of session.stderr) report.add(piece);
  } catch {
    // The status, or its absence, says how the stream was lost.
  }
};
