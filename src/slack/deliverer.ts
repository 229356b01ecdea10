import type { webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import type { Outbox, OutboxItem } from '../flow/outbox.ts';
import { renderNotice } from './render-notice.ts';
import { RetryPace } from './retry-pace.ts';
import { NoticeSender } from './send-notice.ts';
import { readSlackFailure } from './slack-failure.ts';
import type { SlackLogger } from './slack-logger.ts';

/** A process that dies in the middle of a delivery holds its message back for this long. */
const LEASE_MS = 20_000;
/**
 * Nothing is posted or edited later than this after the claim: with a call's own time-out it is over before the lease
 * is, so that no second process posts the same at the same time.
 */
const LAST_CALL_MS = 14_000;
/** When the database fails. */
const PAUSE_MS = 1_000;
const REFUSED_RETRY_MS = 30_000;
/** How long a channel that refuses (the bot was removed, a token was revoked) is tried again. */
const GIVE_UP_AFTER_MS = 60 * 60_000;
/** Refusals that no waiting mends. */
const HOPELESS: readonly string[] = ['is_archived', 'cant_update_message', 'edit_window_closed'];

export interface DelivererInit {
  readonly outbox: Outbox;
  /** A client that never repeats a call and hands 429s back. */
  readonly client: webApi.WebClient;
  readonly clock: Clock;
  readonly logger: SlackLogger;
}

/**
 * Brings what the outbox owes into the channel: one message a notice, whatever dies in between. What an earlier try
 * may have posted is looked for in the channel's history, by its metadata, before it is posted again. Several replicas
 * may run one each.
 */
export class Deliverer {
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #logger: SlackLogger;
  readonly #sender: NoticeSender;
  readonly #stopping = new AbortController();
  readonly #pace = new RetryPace();
  #loop: Promise<void> | undefined;

  constructor(init: DelivererInit) {
    this.#outbox = init.outbox;
    this.#clock = init.clock;
    this.#logger = init.logger;
    this.#sender = new NoticeSender(init.client, init.logger);
  }

  start(): void {
    this.#loop ??= this.#run(this.#stopping.signal);
  }

  /** Ends the loop after the delivery that is under way; within a lease. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const item = await this.#outbox.claim(LEASE_MS);
        if (item === undefined) await this.#outbox.wait(signal);
        else await this.#deliver(item);
      } catch (cause) {
        if (signal.aborted) return;
        this.#logger.error({ err: cause }, 'The outbox could not be read or written; trying again.');
        await this.#clock.sleep(PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Throws only what the outbox throws; the item then stays leased and comes back as unsure. */
  async #deliver(item: OutboxItem): Promise<void> {
    // Without a doubt only what was never tried; the history is asked in every other case.
    const known = item.attempt === 'first' ? 'certainly not posted' : 'unsure';
    const heldMs = this.#pace.heldMs(callOf(item), this.#clock.monotonicMs());
    if (heldMs > 0) return this.#outbox.postpone(item.id, heldMs, known);
    const lastCallAt = this.#clock.monotonicMs() + LAST_CALL_MS;
    const inTime = (): boolean => this.#clock.monotonicMs() < lastCallAt;
    let ts: string | undefined;
    try {
      const message = renderNotice(item.notice, item.run, this.#clock.now(), item.about);
      ts = await this.#sender.send(item, message, inTime);
    } catch (cause) {
      return this.#failed(item, cause);
    }
    this.#pace.forget(item.id);
    if (ts === undefined)
      return this.#abandon(item, 'The card was deleted in Slack after its run had ended.');
    await this.#outbox.shown(item.id, item.version, ts);
  }

  async #failed(item: OutboxItem, cause: unknown): Promise<void> {
    const failure = readSlackFailure(cause);
    const facts = { err: cause, run: item.run.id, notice: item.notice, channel: item.channel };
    const refusedOutright = item.attempt === 'first' ? 'certainly not posted' : 'unsure';
    switch (failure.kind) {
      case 'limited':
        this.#pace.hold(callOf(item), this.#clock.monotonicMs(), failure.retryMs);
        this.#logger.warn(facts, 'Slack asked to slow down; the message is sent later.');
        return this.#outbox.postpone(item.id, failure.retryMs, refusedOutright);
      case 'unsure':
        this.#logger.warn(
          facts,
          'Slack gave no clear answer; the message is looked for before it is sent again.',
        );
        return this.#outbox.postpone(item.id, this.#pace.next(item.id), 'unsure');
      case 'refused':
        if (HOPELESS.includes(failure.error) || this.#tooOld(item))
          return this.#abandon(item, `Slack refuses the message: ${failure.error}.`);
        this.#logger.error(
          facts,
          `Slack refuses the message (${failure.error}); it is tried again for an hour.`,
        );
        return this.#outbox.postpone(item.id, REFUSED_RETRY_MS, refusedOutright);
    }
  }

  async #abandon(item: OutboxItem, reason: string): Promise<void> {
    this.#pace.forget(item.id);
    this.#logger.error(
      { run: item.run.id, notice: item.notice, channel: item.channel },
      `Given up: ${reason}`,
    );
    await this.#outbox.abandon(item.id, reason);
  }

  #tooOld(item: OutboxItem): boolean {
    const { about, run } = item;
    const since = about?.round.at ?? run.endedAt ?? run.startedAt ?? run.requestedAt;
    return this.#clock.now().getTime() - since.getTime() > GIVE_UP_AFTER_MS;
  }
}

/** What a rate limit counts: edits for the workspace, posts for each channel (docs.slack.dev, "Rate limits"). */
const callOf = (item: OutboxItem): string =>
  item.attempt === 'edit' ? 'chat.update' : `chat.postMessage ${item.channel}`;
