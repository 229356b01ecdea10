import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { buttonOf, runIdOf, textOf } from '../../sandbox/demo/read-message.ts';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { type Incident, type IncidentOptions, startIncident } from '../../sandbox/incident/start-incident.ts';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import type { DatabaseUrls } from '../../sandbox/postgres/test-server.ts';
import type { ActResult } from '../../sandbox/slack/acting.ts';
import type { Message } from '../../sandbox/slack/visible.ts';
import { checkInvariants } from '../checker/check-invariants.ts';
import type { CheckedWorld } from '../checker/checked-world.ts';
import { noticeOf } from '../checker/read-notice.ts';
import { downloadEvidence } from './download-evidence.ts';
import { rememberedClock } from './machine-time.ts';
import { type Rules, writeConfig } from './scenario-config.ts';
import { until } from './until.ts';

/** The user of the stand-in cluster by whom a test does something without Firebreak. */
export const BY_HAND = 'admin';

const WAIT = { timeoutMs: 45_000 };

export interface ScenarioOptions
  extends Pick<IncidentOptions, 'amazon' | 'cloud' | 'cluster' | 'config' | 'mode' | 'slack'> {
  /** Rules by channel; the incident's own configuration when left out. */
  readonly channels?: Readonly<Record<string, Rules>>;
  /** A database that the scenario may stop; a clone of the shared one when left out. */
  readonly database?: DatabaseUrls & AsyncDisposable;
}

export type Notice = 'card' | 'reminder-1' | 'reminder-2' | 'decision' | 'taken-over' | 'end' | 'artifacts';

/** Who types where, and how often Slack delivers it; the requester in the incident's channel, once, when left out. */
export interface By {
  readonly user?: string;
  readonly channel?: string;
  readonly deliveries?: number;
}

/** One incident with its database, and the acts and looks that scenarios are made of. */
export interface Scenario extends AsyncDisposable {
  readonly incident: Incident;
  readonly dataDir: string;
  readonly urls: DatabaseUrls;
  readonly channel: string;
  advance(ms: number): Promise<void>;
  start(variables?: Readonly<Record<string, string>>): Promise<FirebreakProcess>;
  writeConfig(name: string, channels: Readonly<Record<string, Rules>>): Promise<string>;
  /** As the schema's owner. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  type(text: string, by?: By): Promise<ActResult>;
  /** Types a command and resolves with what only the person is told. */
  told(text: string, by?: By): Promise<string>;
  /** Types a command and resolves with the new run's card. */
  ask(text: string, by?: By): Promise<Card>;
  /** Types a command, has its card approved, and resolves at its run's end, which is `succeeded` unless said otherwise. */
  does(text: string, end?: 'succeeded' | 'failed' | 'cancelled'): Promise<Card>;
  /** Approves a card. */
  approve(card: Card): Promise<string>;
  /** Presses a button that asks for another run, as *Undo*, and resolves with that run's card. */
  pressForCard(card: Card, label: string, user: string): Promise<Card>;
  /** Presses a button of the card and resolves with what the person is told. */
  press(card: Card, label: string, user: string): Promise<string>;
  /** The message for a notice of a run, when there is one that fits. */
  shown(run: string, notice: Notice, fits?: (text: string) => boolean): Promise<Message>;
  messages(run: string, notice: Notice): readonly Message[];
  state(run: string): Promise<string>;
  reached(run: string, ...states: readonly string[]): Promise<string>;
  /** Resolves when nothing is owed to the channel about the run: no replica is just sending something. */
  quiet(run: string): Promise<unknown>;
  /** Requests that reach into a container. */
  insides(): number;
  /** What the checker reads, once nothing is owed and no job is left. */
  world(): Promise<CheckedWorld>;
  /** What does not hold then. */
  violations(exempt?: Exempt): Promise<readonly string[]>;
}

/** What a scenario is about, and the checker would object to. */
export type Exempt = Pick<CheckedWorld, 'bucketAwayAtEndOf'>;

export interface Card {
  readonly run: string;
  readonly channel: string;
  readonly ts: string;
}

const answerOf = async (act: ActResult): Promise<string> => {
  const responses = await act.responses(1, WAIT);
  return responses.map((response) => String(response['text'])).join('\n');
};

/** Where the checker finds the bundles: what lies in S3 is fetched first, with the S3 server's own eyes. */
const evidenceFolder = async ({ amazon, evidence }: Incident, dataDir: string): Promise<string> =>
  amazon === undefined ? evidence : downloadEvidence(amazon.s3, join(dataDir, 'downloaded'));

/** What a container of the world holds that may be nowhere else. */
const mountedSecrets = ({ cluster }: Incident): readonly string[] => {
  if (cluster.containers === 'no shell') return [];
  const root = `/proc/${cluster.containerPid('payments', 'x', 'app')}/root`;
  try {
    return [readFileSync(`${root}/var/run/secrets/kubernetes.io/serviceaccount/token`, 'utf8')];
  } catch {
    return [];
  }
};

export const startScenario = async (options: ScenarioOptions = {}): Promise<Scenario> => {
  await using starting = new AsyncDisposableStack();
  const urls = starting.use(options.database ?? (await testDatabase()));
  const dataDir = await mkdtemp(join(tmpdir(), 'firebreak-scenario-'));
  starting.defer(() => rm(dataDir, { recursive: true, force: true }));
  // Kept open: what is waited for is asked for many times a second, and a connection costs the server more than the question.
  const database = new pg.Pool({ connectionString: urls.ownerUrl, max: 4 });
  starting.defer(() => database.end());
  // The scenario may stop the database: a connection that ends with it is replaced at the next question.
  database.on('error', () => undefined);
  const clock = starting.use(await rememberedClock(urls.ownerUrl));
  const incident = starting.use(await startIncident({ ...options, dataDir, databaseUrl: urls.serveUrl }));
  const { slack, cluster } = incident;
  const channel = slack.channels.incident.id;
  const config =
    options.channels === undefined
      ? undefined
      : await writeConfig(dataDir, 'several-channels.yml', options.channels);
  const secrets = [
    ...cluster.users.map(({ token }) => token),
    ...mountedSecrets(incident),
    ...[slack.botToken, slack.appToken, slack.signingSecret, new URL(urls.serveUrl).password],
    ...['sk_live_stand_in_0123456789', 'not a real key'],
  ];

  const query: Scenario['query'] = async (sql, values = []) =>
    (await database.query<Record<string, unknown>>(sql, [...values])).rows;
  const messages: Scenario['messages'] = (run, notice) =>
    Object.values(slack.channels)
      .flatMap(({ id }) => slack.messages(id))
      .filter((message) => {
        const is = noticeOf(message);
        return is?.run === run && is.notice === notice;
      });
  const type: Scenario['type'] = (text, by = {}) =>
    slack.command({ user: slack.people.requester.id, channel, ...by, text });
  const state: Scenario['state'] = async (run) => {
    const [row] = await query('select state from firebreak.runs where id = $1', [run]);
    return String(row?.['state']);
  };
  const unsettled = async (): Promise<readonly string[]> =>
    (
      await query(`
        select format('%s of %s is owed', notice, run_id) as what from firebreak.messages
        where version > shown_version and abandoned_at is null
        union all
        select format('the job of %s is %s', data ->> 'run', state) from pgboss.job
        where name = 'run' and state in ('created', 'retry', 'active')
        union all
        select format('%s is due for a reminder or its expiry', r.id)
        from firebreak.runs r, (select firebreak.now() as now offset 0) t
        where r.state = 'planned' and (r.expires_at <= t.now or r.requested_at + interval '2 minutes' <= t.now
          and not exists (select from firebreak.messages m where m.run_id = r.id and (m.notice = 'reminder-2'
            or m.notice = 'reminder-1' and t.now < r.requested_at + interval '5 minutes')))`)
    ).map(({ what }) => String(what));
  const settled = (): Promise<true> =>
    until(
      'nothing is left to do',
      async () => (await unsettled()).length === 0,
      async () => (await unsettled()).join(', '),
    );
  const world = async (): Promise<CheckedWorld> => {
    await settled();
    return {
      databaseUrl: urls.ownerUrl,
      evidence: await evidenceFolder(incident, dataDir),
      ...(incident.amazon === undefined
        ? {}
        : { openUploads: incident.amazon.s3.uploads().map(({ key }) => ({ key })) }),
      slack,
      // Firebreak never had the token of this user: it is whoever has kubectl.
      cluster: { ...cluster, requests: cluster.requests.filter(({ user }) => user !== BY_HAND) },
      secrets,
      log: await readFile(join(dataDir, 'sandbox', 'firebreak.log'), 'utf8').catch(() => ''),
      machineTime: (at) => clock.machineTime(at),
    };
  };
  const quiet: Scenario['quiet'] = (run) =>
    until(`nothing is owed about ${run}`, async () => {
      const [row] = await query(
        'select count(*)::int as owed from firebreak.messages where run_id = $1 and version > shown_version',
        [run],
      );
      return row?.['owed'] === 0;
    });
  const newCard = async (place: string, act: () => Promise<unknown>): Promise<Card> => {
    const before = new Set(slack.messages(place).map(({ ts }) => ts));
    await act();
    const card = await slack.waitFor(
      () =>
        slack
          .messages(place)
          .find((message) => !before.has(message.ts) && noticeOf(message)?.notice === 'card'),
      WAIT,
    );
    return { run: noticeOf(card)?.run ?? runIdOf(card), channel: place, ts: card.ts };
  };
  const ask: Scenario['ask'] = (text, by = {}) => newCard(by.channel ?? channel, () => type(text, by));
  /** Presses a button of any version of the card: waits for one that has it. */
  const click = async (card: Card, label: string, user: string): Promise<ActResult> => {
    const button = await slack.waitFor(() => {
      const message = slack.messages(card.channel).find(({ ts }) => ts === card.ts);
      return message?.versions
        .toReversed()
        .map((version) => buttonOf({ ...message, ...version }, label))
        .find((found) => found !== undefined);
    }, WAIT);
    return slack.click({ user, channel: card.channel, messageTs: card.ts, ...button });
  };
  const press: Scenario['press'] = async (card, label, user) => answerOf(await click(card, label, user));
  const reached: Scenario['reached'] = (run, ...states) =>
    until(`${run} is ${states.join(' or ')}`, async () => {
      const now = await state(run);
      return states.includes(now) ? now : undefined;
    });
  const approve: Scenario['approve'] = (card) => press(card, 'Approve', slack.people.approver.id);
  const running = starting.move();
  return {
    incident,
    dataDir,
    urls,
    channel,
    query,
    type,
    messages,
    state,
    advance: (ms) => clock.advance(ms),
    start: (variables = {}) =>
      incident.startReplica({ ...(config === undefined ? {} : { FIREBREAK_CONFIG: config }), ...variables }),
    writeConfig: (name, channels) => writeConfig(dataDir, name, channels),
    told: async (text, by) => answerOf(await type(text, by)),
    ask,
    press,
    pressForCard: async (card, label, user) => {
      await quiet(card.run);
      return newCard(card.channel, () => click(card, label, user));
    },
    approve,
    does: async (text, end = 'succeeded') => {
      const card = await ask(text);
      await approve(card);
      const ended = await reached(card.run, 'succeeded', 'failed', 'cancelled');
      if (ended !== end) throw new Error(`${text}: ${card.run} is ${ended}, not ${end}`);
      return card;
    },
    shown: (run, notice, fits = () => true) =>
      slack.waitFor(() => messages(run, notice).find((message) => fits(textOf(message))), WAIT),
    reached,
    quiet,
    insides: () =>
      cluster.requests.filter(({ resource }) => resource === 'pods/exec' || resource === 'pods/log').length,
    world,
    violations: async (exempt = {}) => checkInvariants({ ...(await world()), ...exempt }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
