import type pg from 'pg';
import type { Actor, AuditEvent } from '../core/audit-event.ts';
import type { Change, ChangeState } from '../core/change.ts';
import type { Person } from '../core/person.ts';
import type {
  AddedProof,
  Decision,
  LedgerTransaction,
  NewChange,
  NewRound,
  NewRun,
  Notice,
  ProofGuard,
  ProofNotice,
  Run,
} from '../flow/ledger.ts';
import { intendChange, settleChange } from './change-writes.ts';
import { claimRun } from './claim-run.ts';
import { openCase } from './open-case.ts';
import { insertProof } from './proof-writes.ts';
import { readNow } from './read-now.ts';
import { selectRuns } from './run-row.ts';
import {
  addDecision,
  insertRun,
  markUndone,
  nextRun,
  requestCancel,
  type Transition,
  transitionRun,
} from './run-writes.ts';
import { showMessage } from './show-message.ts';
import { storable } from './storable.ts';

export interface Enqueuer {
  enqueue(client: pg.ClientBase, run: string): Promise<void>;
}

/** Events are kept until the work is done: whoever commits appends them last, so that the chain's one lock is held shortly. */
export class PostgresTransaction implements LedgerTransaction {
  readonly #client: pg.ClientBase;
  readonly #queue: Enqueuer;
  readonly #events: AuditEvent[] = [];

  constructor(client: pg.ClientBase, queue: Enqueuer) {
    this.#client = client;
    this.#queue = queue;
  }

  get events(): readonly AuditEvent[] {
    return this.#events;
  }

  now(): Promise<Date> {
    return readNow(this.#client);
  }

  async firstDelivery(key: string): Promise<'first' | 'duplicate'> {
    const { rowCount } = await this.#client.query(
      'insert into firebreak.deliveries (key, at) values ($1, firebreak.now()) on conflict do nothing',
      [storable(key)],
    );
    return rowCount === 1 ? 'first' : 'duplicate';
  }

  async openCase(channel: string, by: Person, actor: Actor = { kind: 'person', ...by }): Promise<string> {
    const { id, made } = await openCase(this.#client, channel, by);
    if (made === 'opened now')
      this.#events.push({
        type: 'case.opened',
        actor,
        case: id,
        facts: { channel },
      });
    return id;
  }

  async insertRun(
    caseId: string,
    build: (runId: string) => { readonly run: NewRun; readonly event: AuditEvent },
  ): Promise<Run> {
    const place = await nextRun(this.#client, caseId);
    const { id } = place;
    const { run, event } = build(id);
    await insertRun(this.#client, place, run);
    this.#events.push(event);
    const [inserted] = await selectRuns(this.#client, 'where r.id = $1', [id]);
    if (inserted === undefined) throw new Error(`The run ${id} was inserted and is not there.`);
    return inserted;
  }

  async lockRun(id: string): Promise<Run | undefined> {
    // Two statements: the second one's snapshot is taken after the lock was got, and so it sees every decision.
    await this.#client.query('select from firebreak.runs where id = $1 for update', [id]);
    return (await selectRuns(this.#client, 'where r.id = $1', [id]))[0];
  }

  async addDecision(
    run: string,
    decision: Omit<Decision, 'at'>,
    event: AuditEvent,
  ): Promise<'recorded' | 'repeated'> {
    const outcome = await addDecision(this.#client, run, decision);
    if (outcome === 'recorded') this.#events.push(event);
    return outcome;
  }

  async transition(run: string, change: Transition, event: AuditEvent): Promise<'done' | 'lost'> {
    const outcome = await transitionRun(this.#client, run, change);
    if (outcome === 'done') this.#events.push(event);
    return outcome;
  }

  async claim(
    run: string,
    worker: string,
    exclusive: readonly string[],
    event: (fence: number) => AuditEvent,
  ): Promise<number | 'ended' | 'busy'> {
    const claimed = await claimRun(this.#client, run, worker, exclusive);
    if (typeof claimed === 'number') this.#events.push(event(claimed));
    return claimed;
  }

  async intend(change: NewChange, event: (id: string) => AuditEvent): Promise<Change | 'lost'> {
    const intended = await intendChange(this.#client, change);
    if (intended !== 'lost') this.#events.push(event(intended.id));
    return intended;
  }

  async settle(
    change: Change,
    settled: { readonly to: Exclude<ChangeState, 'intended'>; readonly fence: number },
    event: AuditEvent,
  ): Promise<'done' | 'lost'> {
    const outcome = await settleChange(this.#client, change, settled);
    if (outcome === 'done') this.#events.push(event);
    return outcome;
  }

  async addProof(
    run: string,
    round: NewRound,
    guard: ProofGuard,
    event: (id: string) => AuditEvent,
  ): Promise<AddedProof | 'lost' | 'overtaken'> {
    const added = await insertProof(this.#client, run, round, guard);
    if (added !== 'lost' && added !== 'overtaken') this.#events.push(event(added.id));
    return added;
  }

  markUndone(run: string, by: string): Promise<void> {
    return markUndone(this.#client, run, by);
  }

  async requestCancel(run: string, by: Person, event: AuditEvent): Promise<'requested' | 'lost'> {
    const outcome = await requestCancel(this.#client, run, by);
    if (outcome === 'requested') this.#events.push(event);
    return outcome;
  }

  async append(event: AuditEvent): Promise<void> {
    this.#events.push(event);
  }

  show(run: string, notice: Exclude<Notice, ProofNotice>): Promise<void> {
    return showMessage(this.#client, run, notice);
  }

  showProof(run: string, notice: ProofNotice, proof: string): Promise<void> {
    return showMessage(this.#client, run, notice, proof);
  }

  enqueue(run: string): Promise<void> {
    return this.#queue.enqueue(this.#client, run);
  }
}
