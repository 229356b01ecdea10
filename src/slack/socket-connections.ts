import { type App, type Receiver, SocketModeReceiver, webApi } from '@slack/bolt';
import type { Clock } from '../core/clock.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { boltLogger } from './bolt-logger.ts';
import type { SlackLogger } from './slack-logger.ts';

/**
 * Slack recycles every connection every few hours, and a command typed while none is open fails in the person's face
 * (`dispatch_failed`). With two there is always one; Slack allows an app ten, so five replicas
 * (docs.slack.dev, "Socket Mode").
 */
const CONNECTIONS = 2;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** From the call for a connection to Slack's hello on it. */
const HELLO_DEADLINE_MS = 20_000;
/** The client waits up to 30 s for Slack to close its side; a process that stops does not. */
const CLOSE_PATIENCE_MS = 2_000;
/** A connection that held this long starts over with the shortest wait. */
const STEADY_MS = 60_000;

/** Answers of apps.connections.open that no waiting mends; at the start they end it. */
const HOPELESS: readonly string[] = [
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'user_removed_from_team',
  'team_disabled',
  'missing_scope',
  'not_allowed_token_type',
];

export interface SocketConnectionsInit {
  readonly appToken: string;
  readonly clientOptions: webApi.WebClientOptions;
  readonly clock: Clock;
  readonly logger: SlackLogger;
}

/**
 * Several Socket Mode connections behind one Bolt app, each watched here. The client's own reconnecting is switched
 * off: in @slack/socket-mode 3.1 it stays unconnected for five seconds and more after every recycling, and a reconnect
 * that fails for good is an unhandled rejection, which ends the process.
 */
export class SocketConnections implements Receiver {
  readonly #receivers: readonly SocketModeReceiver[];
  readonly #clock: Clock;
  readonly #logger: SlackLogger;
  readonly #stopping = new AbortController();
  readonly #open = new Set<SocketModeReceiver>();
  #watches: readonly Promise<void>[] = [];

  constructor({ appToken, clientOptions, clock, logger }: SocketConnectionsInit) {
    this.#clock = clock;
    this.#logger = logger;
    this.#receivers = Array.from(
      { length: CONNECTIONS },
      () =>
        new SocketModeReceiver({
          appToken,
          autoReconnectEnabled: false,
          logger: boltLogger(logger),
          installerOptions: { clientOptions },
        }),
    );
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#open.size;
  }

  init(app: App): void {
    for (const receiver of this.#receivers) receiver.init(app);
  }

  /** Resolves when the first connection is open. Throws `slack-unavailable` when Slack refuses the app token. */
  async start(): Promise<void> {
    const first = this.#receivers.map(() => Promise.withResolvers<void>());
    this.#watches = this.#receivers.map((receiver, index) => this.#watch(receiver, first[index]));
    await Promise.any(first.map(({ promise }) => promise)).catch((cause: unknown) => {
      throw cause instanceof AggregateError ? cause.errors[0] : cause;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#receivers.map((receiver) => receiver.stop()));
    const closed = new AbortController();
    const patience = this.#clock.sleep(CLOSE_PATIENCE_MS, closed.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#watches), patience]);
    closed.abort();
  }

  /** Keeps one connection open until the app stops. */
  async #watch(receiver: SocketModeReceiver, first: PromiseWithResolvers<void> | undefined): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const ended = Promise.withResolvers<void>();
      const begun = this.#clock.monotonicMs();
      try {
        await this.#connect(receiver);
        // The client goes on opening after it was told to disconnect.
        if (signal.aborted) {
          await receiver.stop();
          break;
        }
        receiver.client.once('disconnected', () => ended.resolve());
        this.#open.add(receiver);
        first?.resolve();
        await ended.promise;
        if (!signal.aborted) this.#logger.info({}, 'Slack closed a Socket Mode connection; opening another.');
      } catch (cause) {
        if (signal.aborted) break;
        if (isHopeless(cause)) first?.reject(refused(cause));
        this.#logger.error({ err: cause }, 'A Socket Mode connection could not be opened; trying again.');
      } finally {
        this.#open.delete(receiver);
      }
      failures = this.#clock.monotonicMs() - begun > STEADY_MS ? 0 : failures + 1;
      await this.#clock.sleep(waitMs(failures), signal).catch(() => undefined);
    }
    first?.reject(new Error('stopped before a connection was open'));
  }

  /** Opens one connection and waits for Slack's hello. The client itself would wait for it without an end. */
  async #connect(receiver: SocketModeReceiver): Promise<void> {
    const done = new AbortController();
    const deadline = this.#clock
      .sleep(HELLO_DEADLINE_MS, AbortSignal.any([done.signal, this.#stopping.signal]))
      .then(
        () => receiver.stop(),
        () => undefined,
      );
    try {
      await receiver.start();
    } finally {
      done.abort();
      await deadline;
    }
  }
}

/** The first reconnect is immediate: it is Slack's own recycling. */
const waitMs = (failures: number): number =>
  failures <= 1 ? 0 : Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 2, 10));

const isHopeless = (cause: unknown): boolean =>
  cause instanceof webApi.WebAPIPlatformError && HOPELESS.includes(cause.data.error);

const refused = (cause: unknown): FirebreakError =>
  new FirebreakError({
    code: 'slack-unavailable',
    message: `Slack refuses the app token: ${cause instanceof webApi.WebAPIPlatformError ? cause.data.error : 'unknown'}.`,
    next: 'Check SLACK_APP_TOKEN: an app-level token (xapp-) with the scope connections:write, of an app with Socket Mode switched on.',
    cause,
  });
