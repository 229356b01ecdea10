import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Database, EventRow, RunRow } from './read-database.ts';

/** From which states an event may come, and the state it makes. */
const STEPS: Readonly<Record<string, { readonly from: readonly string[]; readonly to?: string }>> = {
  'decision.given': { from: ['planned'] },
  'decision.refused-by-policy': { from: ['planned'] },
  'run.denied': { from: ['planned'], to: 'denied' },
  'run.expired': { from: ['planned'], to: 'expired' },
  'run.queued': { from: ['planned'], to: 'queued' },
  'run.cancelled': { from: ['planned', 'queued', 'running'], to: 'cancelled' },
  'run.cancel-requested': { from: ['running'] },
  'run.started': { from: ['queued'], to: 'running' },
  'run.taken-over': { from: ['running'], to: 'running' },
  'evidence.superseded': { from: ['running'] },
  'evidence.stored': { from: ['running'] },
  'evidence.sealed': { from: ['running'] },
  'change.intended': { from: ['running'] },
  'change.settled': { from: ['running'] },
  // While it runs, and again as long as what it did is in force.
  'isolation.proved': { from: ['running', 'succeeded', 'incomplete', 'failed', 'cancelled'] },
  'isolation.not-proved': { from: ['succeeded', 'incomplete', 'failed', 'cancelled'] },
  'run.time-up': { from: ['succeeded', 'incomplete', 'failed', 'cancelled'] },
  'link.issued': { from: ['succeeded', 'incomplete', 'failed', 'cancelled'] },
  'run.succeeded': { from: ['running'], to: 'succeeded' },
  'run.incomplete': { from: ['running'], to: 'incomplete' },
  'run.failed': { from: ['queued', 'running'], to: 'failed' },
};
const ENDED = ['succeeded', 'incomplete', 'failed', 'denied', 'expired', 'cancelled'];
const CLAIMS = ['run.started', 'run.taken-over'];

/** Every change of state has its event, every event its change, and no run ran without its approvals. */
export const checkRunEvents = (database: Database): readonly string[] => [
  ...database.runs.flatMap((run) => runProblems(database, run)),
  ...database.events
    .filter(({ run_id: id }) => id !== null && !database.runs.some((run) => run.id === id))
    .map(({ seq, run_id: id }) => `audit event ${seq} is about ${id}, which is no run`),
  ...database.cases
    .filter(
      (id) => count(database.events, (event) => event.type === 'case.opened' && event.case_id === id) !== 1,
    )
    .map((id) => `${id} was not opened by exactly one event`),
];

const count = <Item>(items: readonly Item[], fits: (item: Item) => boolean): number =>
  items.filter(fits).length;

const runProblems = (database: Database, run: RunRow): readonly string[] => {
  const events = database.events.filter(({ run_id: id }) => id === run.id);
  const found: string[] = [];
  const [first, ...later] = events;
  if (first?.type !== 'run.requested') return [`${run.id} has no event of its request`];
  let state = String(first.parsed?.facts['state']);
  let fence = 0;
  if (state === 'queued' && run.plan.policy.approvals > 0) found.push('was queued without being approved');
  if (first.parsed?.facts['planDigest'] !== run.plan_digest) found.push('was asked for with another plan');
  for (const event of later) {
    const step = STEPS[event.type];
    if (!step?.from.includes(state)) found.push(`has ${event.type} (${event.seq}) while it was ${state}`);
    if (CLAIMS.includes(event.type)) fence += 1;
    const said = event.parsed?.facts['fence'];
    if (said !== undefined && said !== fence)
      found.push(
        `has ${event.type} (${event.seq}) of the fencing number ${JSON.stringify(said)} while ${fence} held it`,
      );
    if (event.type === 'run.queued' && approvers(run, events, event.seq) < run.plan.policy.approvals)
      found.push('was queued with fewer approvals than it needs');
    state = step?.to ?? state;
  }
  if (state !== run.state) found.push(`is ${run.state}, and its last event says ${state}`);
  if (fence !== run.fence) found.push(`has the fencing number ${run.fence}, and its events say ${fence}`);
  if (ENDED.includes(run.state) !== (run.ended_at !== null))
    found.push(`is ${run.state} with a wrong time of its end`);
  if ((run.cancel_user !== null) !== events.some(({ type }) => type === 'run.cancel-requested'))
    found.push('has a cancel request without its event, or the event without the request');
  const owed = count(database.messages, ({ run_id: id, notice }) => id === run.id && notice === 'time-up');
  const asked = count(events, ({ type }) => type === 'run.time-up');
  if (asked > 1 || owed !== asked)
    found.push(`has ${asked} events of its time being up, and ${owed} messages of it`);
  const given = events.filter(({ type }) => type === 'decision.given').map(decisionOf);
  const stored = database.decisions
    .filter(({ run_id: id }) => id === run.id)
    .map(({ user_id: user, verdict }) => `${user} ${verdict}`);
  if (given.sort().join() !== stored.sort().join()) found.push('has decisions that differ from their events');
  if (createHash('sha256').update(run.plan_text).digest('hex') !== run.plan_digest)
    found.push('has a plan that is not under its digest');
  if (canonicalJson(JSON.parse(run.plan_text)) !== run.plan_text)
    found.push('has a plan that is not canonical');
  return found.map((why) => `${run.id} ${why}`);
};

const decisionOf = ({ parsed }: EventRow): string =>
  `${parsed?.actor.user ?? ''} ${String(parsed?.facts['verdict'])}`;

/** Distinct people whose approval counts, before the event with this number. */
const approvers = (run: RunRow, events: readonly EventRow[], before: number): number =>
  new Set(
    events
      .filter(({ type, seq }) => type === 'decision.given' && seq < before)
      .filter(
        ({ parsed }) =>
          parsed?.facts['verdict'] === 'approve' && parsed.facts['planDigest'] === run.plan_digest,
      )
      .map(({ parsed }) => parsed?.actor.user)
      .filter((user) => run.plan.policy.selfApproval || user !== run.requester_user),
  ).size;
