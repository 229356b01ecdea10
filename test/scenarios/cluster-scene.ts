import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { buttonOf, runIdOf } from '../../sandbox/demo/read-message.ts';
import { type Incident, type IncidentOptions, startIncident } from '../../sandbox/incident/start-incident.ts';
import { testDatabase } from '../../sandbox/postgres/test-database.ts';
import type { Message } from '../../sandbox/slack/visible.ts';
import { wordsOf } from './message-words.ts';
import { writeKubeconfigFor } from './write-kubeconfig.ts';

/** Long enough for a cluster that hangs until its deadline; what comes earlier is seen at once. */
const WAIT_MS = 100_000;
const ENDED = /\b(COMPLETE|INCOMPLETE|FAILED|Done|Cancelled|Denied|Expired)\b/;

export interface SceneOptions {
  readonly cluster?: IncidentOptions['cluster'];
  /** Keys of each cluster's entry beside its provider and path; one cluster by the name of the README when left out. */
  readonly clusters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Users of the stand-in that the kubeconfig has a context for; the first is its current one. */
  readonly users?: readonly string[];
  /** Keys of a user in the kubeconfig instead of their token. */
  readonly credentials?: (dataDir: string) => Parameters<typeof writeKubeconfigFor>[3];
  /** Before Firebreak starts: pods, users, folders. */
  readonly prepare?: (cluster: StandInCluster, dataDir: string) => Promise<void> | void;
  /** When everything has ended, before the data folder is removed. */
  readonly release?: (dataDir: string) => Promise<void> | void;
}

/** What a person got: a card in the channel, or words that only they see. */
export type Answer =
  | { readonly kind: 'card'; readonly card: Message; readonly run: string; readonly words: string }
  | { readonly kind: 'told'; readonly words: string };

export interface Ended {
  readonly run: string;
  /** What the channel was told at the end, without markup. */
  readonly words: string;
  /** The state that the database holds. */
  readonly state: string;
  /** Where the bundle lies, if there is one. */
  readonly folder: string;
}

/** A whole incident with one Firebreak process, played by one person who asks and one who approves. */
export interface Scene extends AsyncDisposable {
  readonly incident: Incident;
  readonly cluster: StandInCluster;
  readonly dataDir: string;
  /** What the process wrote to its log. */
  readonly logText: () => string;
  /** Types the command with a reason of its own, by which its card is known. */
  ask(command: string): Promise<Answer>;
  /** Types exactly this and resolves with what the person alone is told. */
  told(command: string): Promise<string>;
  /** Presses a button below what the requester alone was told. */
  choose(words: string, label: string): Promise<void>;
  /** The next card whose words hold `text`. */
  card(text: string): Promise<Extract<Answer, { kind: 'card' }>>;
  approve(card: Extract<Answer, { kind: 'card' }>): Promise<void>;
  end(run: string): Promise<Ended>;
  /** What the thread of the run's card says about its artifacts. */
  details(run: string): Promise<string>;
  /** What the database holds, read past the code under test. */
  rows(query: string): Promise<readonly unknown[]>;
  /** Asks, approves and waits for the end. */
  acquire(command: string): Promise<Ended>;
}

export const startScene = async (options: SceneOptions = {}): Promise<Scene> => {
  await using starting = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'scene-'));
  starting.defer(async () => {
    await options.release?.(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const database = starting.use(await testDatabase());
  const incident = starting.use(
    await startIncident({
      dataDir,
      databaseUrl: database.serveUrl,
      slack: { rateLimits: 'off' },
      ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    }),
  );
  const { slack, cluster } = incident;
  const kubeconfig = join(dataDir, 'sandbox', 'kubeconfig');
  await options.prepare?.(cluster, dataDir);
  writeKubeconfigFor(cluster, kubeconfig, options.users ?? ['responder'], options.credentials?.(dataDir));
  const entries = options.clusters ?? { 'prod-cluster': { namespaces: ['payments'] } };
  const channel = slack.channels.incident.id;
  writeFileSync(
    incident.configPath,
    stringify({
      clusters: Object.fromEntries(
        Object.entries(entries).map(([name, keys]) => [
          name,
          { provider: 'kubeconfig', path: kubeconfig, ...keys },
        ]),
      ),
      evidence: { directory: incident.evidence, plaintext: true },
      channels: {
        [channel]: {
          clusters: Object.keys(entries),
          rules: [
            { verbs: ['inspect'], approvals: 0 },
            { verbs: ['acquire'], approvals: 1, approvers: [slack.groups.approvers.id], expires: '30m' },
          ],
        },
      },
    }),
  );
  await incident.startReplica();
  const sql = new pg.Client({ connectionString: database.serveUrl });
  await sql.connect();
  starting.defer(() => sql.end());

  const requester = slack.people.requester.id;
  const wait = { timeoutMs: WAIT_MS };
  const messages = (matches: (message: Message) => boolean) =>
    slack.waitFor(
      (visible) => visible.messages.find((message) => message.channel === channel && matches(message)),
      wait,
    );
  const cardOf = (message: Message) => ({
    kind: 'card' as const,
    card: message,
    run: runIdOf(message),
    words: wordsOf(message.blocks),
  });
  let asked = 0;
  const scene: Omit<Scene, typeof Symbol.asyncDispose> = {
    incident,
    cluster,
    dataDir,
    logText: () => readFileSync(join(dataDir, 'sandbox', 'firebreak.log'), 'utf8'),
    ask: async (command) => {
      const tag = `scene-${++asked}-reason`;
      const text = `${command} --reason "${tag}"`;
      const result = await slack.command({ user: requester, channel, text });
      const other = new AbortController();
      const own = { ...wait, signal: other.signal };
      const card = slack
        .waitFor(
          (visible) =>
            visible.messages.find(
              ({ threadTs, blocks }) => threadTs === undefined && wordsOf(blocks).includes(tag),
            ),
          own,
        )
        .then(cardOf);
      const told = result
        .responses(1, own)
        .then(([message]) => ({ kind: 'told' as const, words: wordsOf(message?.['blocks']) }));
      try {
        return await Promise.any([card, told]);
      } finally {
        other.abort();
        await Promise.allSettled([card, told]);
      }
    },
    told: async (command) => {
      const result = await slack.command({ user: requester, channel, text: command });
      const [message] = await result.responses(1, wait);
      return wordsOf(message?.['blocks']);
    },
    choose: async (words, label) => {
      const ephemeral = await slack.waitFor(
        ({ ephemerals }) =>
          ephemerals.findLast(
            (one) =>
              one.user === requester &&
              wordsOf(one.blocks).includes(words) &&
              buttonOf({ ...one, kind: 'message', reactions: [], edits: [] }, label) !== undefined,
          ),
        wait,
      );
      const button = buttonOf({ ...ephemeral, kind: 'message', reactions: [], edits: [] }, label);
      if (button === undefined) throw new Error(`no button ${label}`);
      await slack.click({ user: requester, channel, messageTs: ephemeral.ts, ...button });
    },
    card: async (text) =>
      cardOf(
        await messages((message) => message.threadTs === undefined && wordsOf(message.blocks).includes(text)),
      ),
    approve: async ({ card }) => {
      const button = buttonOf(card, 'Approve');
      if (button === undefined) throw new Error(`no button to approve: ${wordsOf(card.blocks)}`);
      await slack.click({ user: slack.people.approver.id, channel, messageTs: card.ts, ...button });
    },
    end: async (run) => {
      const message = await messages(
        ({ threadTs, blocks, metadata }) =>
          threadTs === undefined &&
          JSON.stringify(metadata ?? {}).includes('end') &&
          wordsOf(blocks).includes(`(${run})`) &&
          ENDED.test(wordsOf(blocks)),
      );
      const { rows } = await sql.query('select state from firebreak.runs where id = $1', [run]);
      const [{ state }] = z.tuple([z.object({ state: z.string() })]).parse(rows);
      return {
        run,
        words: wordsOf(message.blocks),
        state,
        folder: join(incident.evidence, run.replace(/-\d+$/, ''), run),
      };
    },
    details: async (run) =>
      wordsOf(
        (
          await messages(
            ({ threadTs, blocks }) =>
              threadTs !== undefined &&
              wordsOf(blocks).startsWith('Details of') &&
              wordsOf(blocks).includes(run),
          )
        ).blocks,
      ),
    rows: async (query) => (await sql.query<Record<string, unknown>>(query)).rows,
    acquire: async (command) => {
      const answer = await scene.ask(command);
      if (answer.kind !== 'card') throw new Error(`no card came: ${answer.words}`);
      await scene.approve(answer);
      return scene.end(answer.run);
    },
  };
  const running = starting.move();
  return { ...scene, [Symbol.asyncDispose]: () => running.disposeAsync() };
};
