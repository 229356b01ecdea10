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

/**
 * One credential or description with an end: kept in memory, renewed before it ends, fetched once for all who ask at the
 * same time. A renewal that fails is not yet a failure while the kept one holds.
 */
export class Kept<Value> {
  readonly #init: KeptInit<Value>;
  #kept: Fetched<Value> | undefined;
  #fetching: Promise<Fetched<Value>> | undefined;

  constructor(init: KeptInit<Value>) {
    this.#init = init;
  }

  /** What was fetched last and not forgotten, however old it is. */
  get last(): Value | undefined {
    return this.#kept?.value;
  }

  /** Throws what `fetch` throws. */
  async get(): Promise<Value> {
    const { renewBeforeEndMs, uselessBeforeEndMs } = this.#init;
    if (this.#kept !== undefined && this.#leftMs(this.#kept) > renewBeforeEndMs) return this.#kept.value;
    this.#fetching ??= this.#init.fetch().finally(() => {
      this.#fetching = undefined;
    });
    try {
      this.#kept = await this.#fetching;
      return this.#kept.value;
    } catch (error) {
      if (this.#kept !== undefined && this.#leftMs(this.#kept) > uselessBeforeEndMs) return this.#kept.value;
      throw error;
    }
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
