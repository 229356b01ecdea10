import { join } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { buttonOf, runIdOf } from '../../sandbox/demo/read-message.ts';
import type { StandInSlack } from '../../sandbox/slack/stand-in-slack.ts';
import type { Message } from '../../sandbox/slack/visible.ts';
import { noticeOf } from '../checker/read-notice.ts';
import { wordsOf } from './message-words.ts';

/** Long enough for a cluster that hangs until its deadline; what comes earlier is seen at once. */
const WAIT_MS = 100_000;
const ENDED = /\b(COMPLETE|INCOMPLETE|CONTAINED|PARTIAL|NOT ENFORCED|FAILED|Done|Cancelled|Denied|Expired)\b/;

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

/** One person who asks and one who approves, in the incident channel, and a look into the database. */
export interface Players extends AsyncDisposable {
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

export interface PlayersInit {
  readonly slack: StandInSlack;
  /** The folder of the directory store. */
  readonly evidence: string;
  readonly databaseUrl: string;
}

export const startPlayers = async ({ slack, evidence, databaseUrl }: PlayersInit): Promise<Players> => {
  const channel = slack.channels.incident.id;
  const sql = new pg.Client({ connectionString: databaseUrl });
  await sql.connect();

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
    run: noticeOf(message)?.run ?? runIdOf(message),
    words: wordsOf(message.blocks),
  });
  let asked = 0;
  const players: Players = {
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
        folder: join(evidence, run.replace(/-\d+$/, ''), run),
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
      const answer = await players.ask(command);
      if (answer.kind !== 'card') throw new Error(`no card came: ${answer.words}`);
      await players.approve(answer);
      return players.end(answer.run);
    },
    [Symbol.asyncDispose]: () => sql.end(),
  };
  return players;
};
