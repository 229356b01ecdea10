import type pg from 'pg';
import { z } from 'zod';
import type { Change } from '../core/change.ts';
import type { Progress } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { DueProofs, LastProof, Ledger, LedgerTransaction, ProofLease, Run } from '../flow/ledger.ts';
import { appendAuditEvents } from './append-audit-events.ts';
import { selectChanges } from './change-row.ts';
import { type DueRun, selectDue } from './due-runs.ts';
import { beat } from './heartbeat.ts';
import { type Enqueuer, PostgresTransaction } from './ledger-transaction.ts';
import { claimDueProof, releaseProof } from './proof-leases.ts';
import { selectLastProofs } from './proof-reads.ts';
import { readNow } from './read-now.ts';
import { selectRuns } from './run-row.ts';
import { selectRunsWithoutJob } from './runs-without-job.ts';
import { withRetry } from './with-retry.ts';
import { pruneWrites, writeOnce } from './write-once.ts';

const RETRY_FOR_MS = 30_000;
const PRUNE_EVERY_WRITES = 1_000;

const keyRow = z.object({ evidence_key: z.instanceof(Uint8Array) });
const headRows = z.tuple([z.object({ seq: z.coerce.number(), hash: z.string() })]);

export interface PostgresLedgerOptions {
  readonly pool: pg.Pool;
  readonly queue: Enqueuer;
  /** How long a read or a write waits for a Postgres that is away. */
  readonly retryForMs?: number;
  readonly onError: (error: unknown) => void;
}

/** Every method throws `database-unavailable` when Postgres stays away for `retryForMs`. */
export class PostgresLedger implements Ledger {
  readonly #pool: pg.Pool;
  readonly #queue: Enqueuer;
  readonly #retryForMs: number;
  readonly #onError: (error: unknown) => void;
  #writes = 0;

  constructor(options: PostgresLedgerOptions) {
    this.#pool = options.pool;
    this.#queue = options.queue;
    this.#retryForMs = options.retryForMs ?? RETRY_FOR_MS;
    this.#onError = options.onError;
  }

  /** `work` may run more than once and must change nothing but the database. */
  async write<Result>(work: (transaction: LedgerTransaction) => Promise<Result>): Promise<Result> {
    if (this.#writes++ % PRUNE_EVERY_WRITES === 0) pruneWrites(this.#pool).catch(this.#onError);
    return writeOnce(this.#pool, this.#retryForMs, async (client) => {
      const transaction = new PostgresTransaction(client, this.#queue);
      const result = await work(transaction);
      await appendAuditEvents(client, transaction.events);
      return result;
    });
  }

  async run(id: string): Promise<Run | undefined> {
    const [run] = await this.#read(() => selectRuns(this.#pool, 'where r.id = $1', [id]));
    return run;
  }

  recentRuns(channel: string, limit: number): Promise<readonly Run[]> {
    return this.#read(() =>
      selectRuns(
        this.#pool,
        `join firebreak.cases c on c.id = r.case_id where c.channel = $1 and c.closed_at is null
         order by r.number desc limit $2`,
        [channel, limit],
      ),
    );
  }

  sealedRunsAbout(uid: string): Promise<readonly Run[]> {
    return this.#read(() =>
      // A plan may hold U+0000, which keeps json from being looked into: the text is.
      selectRuns(
        this.#pool,
        `where r.result is not null and strpos(r.plan_text, $1) > 0 order by r.requested_at`,
        [JSON.stringify(uid)],
      ),
    ).then((runs) =>
      runs.filter(
        ({ plan, result }) =>
          result?.evidence !== undefined && plan.targets.some((target) => target.uid === uid),
      ),
    );
  }

  changesOf(run: string): Promise<readonly Change[]> {
    return this.#read(() => selectChanges(this.#pool, 'where c.run_id = $1', [run]));
  }

  history(clusters: readonly string[], uid?: string): Promise<readonly Change[]> {
    return this.#read(() =>
      selectChanges(
        this.#pool,
        `where c.cluster = any($1) and ($2::text is null or c.uid = $2) and c.state <> 'not applied'`,
        [clusters, uid ?? null],
      ),
    );
  }

  now(): Promise<Date> {
    return this.#read(() => readNow(this.#pool));
  }

  /** Throws `not-found`. */
  async caseKey(caseId: string): Promise<Uint8Array> {
    const { rows } = await this.#read(() =>
      this.#pool.query<Record<string, unknown>>('select evidence_key from firebreak.cases where id = $1', [
        caseId,
      ]),
    );
    if (rows.length === 0)
      throw new FirebreakError({
        code: 'not-found',
        message: `There is no case ${caseId}.`,
        next: 'Look at /k8s status for the case of this channel.',
      });
    return Uint8Array.from(keyRow.parse(rows[0]).evidence_key);
  }

  async openPolicyDigests(): Promise<readonly string[]> {
    const runs = await this.#read(() => selectRuns(this.#pool, `where r.state = 'planned'`, []));
    return [...new Set(runs.map(({ plan }) => plan.policy.digest))];
  }

  async head(): Promise<{ readonly seq: number; readonly hash: string }> {
    const { rows } = await this.#read(() => this.#pool.query('select seq, hash from firebreak.audit_head'));
    return headRows.parse(rows)[0];
  }

  heartbeat(
    run: string,
    fence: number,
    progress: Progress | undefined,
  ): Promise<'held' | 'lost' | 'cancel requested'> {
    return this.#read(() => beat(this.#pool, run, fence, progress));
  }

  due(): Promise<readonly DueRun[]> {
    return this.#read(() => selectDue(this.#pool));
  }

  withoutJob(): Promise<readonly string[]> {
    return this.#read(() => selectRunsWithoutJob(this.#pool));
  }

  lastProofs(runs: readonly string[]): Promise<ReadonlyMap<string, LastProof>> {
    return this.#read(() => selectLastProofs(this.#pool, runs));
  }

  claimDueProof(due: DueProofs): Promise<ProofLease | undefined> {
    return this.#read(() => claimDueProof(this.#pool, due));
  }

  releaseProof(lease: ProofLease, how: { readonly againMs: number } | 'nothing is held'): Promise<void> {
    return this.#read(() => releaseProof(this.#pool, lease, how));
  }

  #read<Result>(work: () => Promise<Result>): Promise<Result> {
    return withRetry(this.#retryForMs, work);
  }
}
