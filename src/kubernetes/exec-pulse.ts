import type { Clock } from '../core/clock.ts';

/** As client-go: below every known idle cut of a load balancer (60 s and more). */
export const PING_INTERVAL_MS = 5_000;
/** As client-go: twelve pings and one second. */
const PONG_DEADLINE_MS = 61_000;
/** How long a server may take to close after the Status; the translator closes at once. */
const CLOSE_GRACE_MS = 5_000;

/**
 * While our own side is paused no pong is read, and a server keeps those that it can't send. Every sixth ping, one in
 * 30 s, is enough for the load balancers.
 */
const PAUSED_PING_EVERY = 6;

export interface PulseOptions {
  readonly clock: Clock;
  readonly ping: (payload: string) => void;
  /** Called once, with the reason. */
  readonly lost: (why: string) => void;
  /** Whether our own consumer stopped the socket, so that a pong can't be read. */
  readonly isPaused: () => boolean;
}

/**
 * Finds out that the other side is gone. The server answers pings from the loop that also feeds stdin: while the
 * remote process does not read its input, no pong comes from a healthy connection. So the deadline holds only when a
 * ping that was sent after the last input has been answered.
 */
export class ExecPulse {
  readonly #options: PulseOptions;
  #heardAtMs: number;
  #pings = 0;
  /** The ping whose pong proves that all input so far was taken; 0 when there is none to wait for. */
  #awaited = 0;
  #statusAtMs: number | undefined;

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.monotonicMs();
  }

  /** Any message shows that the other side lives. */
  heard(): void {
    this.#heardAtMs = this.#options.clock.monotonicMs();
  }

  pong(payload: string): void {
    this.heard();
    if (this.#awaited !== 0 && Number(payload) >= this.#awaited) this.#awaited = 0;
  }

  /** Input was sent; only the pong of a later ping shows that it was taken. */
  inputSent(): void {
    this.#awaited = this.#pings + 1;
  }

  statusCame(): void {
    this.#statusAtMs ??= this.#options.clock.monotonicMs();
  }

  /** Beats until `signal` is aborted. */
  async beat(signal: AbortSignal): Promise<void> {
    const { clock, ping, isPaused } = this.#options;
    for (let beat = 1; !signal.aborted; beat += 1) {
      try {
        await clock.sleep(PING_INTERVAL_MS, signal);
      } catch {
        return;
      }
      if (this.#isLost()) return;
      if (isPaused() && beat % PAUSED_PING_EVERY !== 0) continue;
      this.#pings += 1;
      ping(String(this.#pings));
    }
  }

  #isLost(): boolean {
    const { clock, isPaused, lost } = this.#options;
    const now = clock.monotonicMs();
    if (isPaused()) {
      this.#heardAtMs = now;
      if (this.#statusAtMs !== undefined) this.#statusAtMs = now;
      return false;
    }
    if (this.#statusAtMs !== undefined && now - this.#statusAtMs >= CLOSE_GRACE_MS) {
      lost('the server did not close the connection after the status');
      return true;
    }
    if (this.#awaited === 0 && now - this.#heardAtMs >= PONG_DEADLINE_MS) {
      lost(`nothing was heard from the server for ${Math.round((now - this.#heardAtMs) / 1000)} s`);
      return true;
    }
    return false;
  }
}
