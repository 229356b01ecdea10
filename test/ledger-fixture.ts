import type pg from 'pg';
import { testDatabase } from '../sandbox/postgres/test-database.ts';
import type { DatabaseUrls } from '../sandbox/postgres/test-server.ts';
import type { AuditEvent, AuditEventType } from '../src/core/audit-event.ts';
import type { Plan } from '../src/core/plan.ts';
import type { NewChange, NewRun, Run } from '../src/flow/ledger.ts';
import { createPool } from '../src/postgres/create-pool.ts';
import { PostgresLedger } from '../src/postgres/ledger.ts';
import { RunQueue } from '../src/postgres/run-queue.ts';
import { digest } from '../src/runtime/digest.ts';

export const REQUESTER = { team: 'T1', user: 'U1' };
export const CHANNEL = 'C1';

/** A ledger on a database of its own, as the serving role. */
export interface LedgerFixture extends AsyncDisposable {
  readonly urls: DatabaseUrls;
  readonly pool: pg.Pool;
  readonly queue: RunQueue;
  readonly ledger: PostgresLedger;
  /** Asks for a run in the channel, as a command does. */
  request(change?: Partial<NewRun>, channel?: string): Promise<Run>;
}

export async function ledgerFixture(given?: DatabaseUrls & AsyncDisposable): Promise<LedgerFixture> {
  const database = given ?? (await testDatabase());
  const ignore = (): void => undefined;
  const pool = createPool(database.serveUrl, { onError: ignore });
  const queue = new RunQueue(database.serveUrl, ignore);
  const ledger = new PostgresLedger({ pool, queue, onError: ignore });
  return {
    urls: database,
    pool,
    queue,
    ledger,
    request: (change = {}, channel = CHANNEL) =>
      ledger.write(async (transaction) => {
        const id = await transaction.openCase(channel, REQUESTER);
        return transaction.insertRun(id, (run) => ({
          run: { ...newRun(channel), ...change },
          event: auditEvent('run.requested', run, { reason: 'it beacons' }),
        }));
      }),
    async [Symbol.asyncDispose]() {
      await queue.close();
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** An event of the requester's about the run. */
export function auditEvent(
  type: AuditEventType,
  run: string,
  texts?: Readonly<Record<string, string>>,
): AuditEvent {
  return {
    type,
    actor: { kind: 'person', ...REQUESTER },
    case: run.slice(0, run.lastIndexOf('-')),
    run,
    facts: { count: 1, list: ['a', null, true] },
    ...(texts === undefined ? {} : { texts }),
  };
}

export function newRun(channel: string = CHANNEL): NewRun {
  const plan: Plan = {
    format: 'firebreak.plan/1',
    verb: 'acquire',
    effect: 'collect',
    arguments: {},
    cluster: { name: 'lab', provider: 'kubeconfig', server: 'https://127.0.0.1:6443' },
    targets: [],
    methods: [],
    writes: [],
    leaves: [],
    risks: [],
    notes: [],
    evidence: '/evidence',
    requester: REQUESTER,
    channel,
    policy: { digest: 'p1', approvals: 1, approvers: ['U2'], selfApproval: false, expiresMs: 1_800_000 },
  };
  const planText = digest.canonical(plan);
  return {
    plan,
    planText,
    planDigest: digest.sha256(planText),
    requester: REQUESTER,
    reason: 'it beacons',
    command: 'acquire lab pod/x',
    expiresMs: 1_800_000,
    state: 'planned',
  };
}

/** A label on a node, about to be changed by a run under this fencing number. */
export function newChange(run: string, fence: number = 1, uid: string = 'uid-1'): NewChange {
  return {
    run,
    cluster: 'lab',
    object: { kind: 'node', namespace: '', name: 'node-a', uid },
    fields: [{ path: ['metadata', 'labels', 'quarantine'], before: null, after: 'true' }],
    resourceVersion: '41',
    fence,
  };
}
