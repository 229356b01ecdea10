import type { Clock } from '../../core/clock.ts';

export interface KeptInit<Value> {
  readonly clock: Pick<Clock, 'now'>;
  readonly fetch: () => Promise<Fetched<Value>>;
  /** Milliseconds before its end from which the next one is fetched. */
  readonly renewBeforeEndMs: number;
  /** Milliseconds before its end up to which it is still handed out when the next one can't be had. */
  readonly uselessBeforeEndMs: number;
}

export interface Fetched<Value> {
  readonly value: Value;
  /** Absent: it does not end by itself. */
  readonly endsAt?: Date | undefined;
}

/** Between two tries to renew what still holds. */
const RETRY_PAUSE_MS = 5_000;

/**
 * One credential or description with an end: kept in memory, renewed before it ends, fetched once for all who ask at the
 * same time. While the kept one holds, nobody waits for its renewal, and a renewal that fails is not yet a failure.
 */
export class Kept<Value> {
  readonly #init: KeptInit<Value>;
  #kept: Fetched<Value> | undefined;
  #fetching: Promise<Fetched<Value>> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(init: KeptInit<Value>) {
    this.#init = init;
  }

  /** What was fetched last and not forgotten, however old it is. */
  get last(): Value | undefined {
    return this.#kept?.value;
  }

  /** Waits only where nothing of use is at hand. Throws what `fetch` throws. */
  async get(): Promise<Value> {
    const { renewBeforeEndMs, uselessBeforeEndMs, clock } = this.#init;
    const kept = this.#kept;
    const leftMs = kept === undefined ? 0 : this.#leftMs(kept);
    if (kept === undefined || leftMs <= uselessBeforeEndMs) return (await this.#renewed()).value;
    const now = clock.now().getTime();
    if (leftMs <= renewBeforeEndMs && now - this.#triedAt >= RETRY_PAUSE_MS) {
      this.#triedAt = now;
      // A source that hangs or fails keeps nobody waiting while what is kept still holds.
      this.#renewed().catch(() => undefined);
    }
    return kept.value;
  }

  async #renewed(): Promise<Fetched<Value>> {
    this.#fetching ??= this.#init.fetch().finally(() => {
      this.#fetching = undefined;
    });
    this.#kept = await this.#fetching;
    return this.#kept;
  }

  /** Makes the next call fetch anew: what was handed out was refused. */
  forget(): void {
    this.#kept = undefined;
  }

  #leftMs({ endsAt }: Fetched<Value>): number {
    return endsAt === undefined
      ? Number.POSITIVE_INFINITY
      : endsAt.getTime() - this.#init.clock.now().getTime();
  }
}
